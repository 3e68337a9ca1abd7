from endpoints.resource_plugin.reporting import Reporter
from localcluster.kubernetes_provider.secrecy import LAST_APPLIED_ANNOTATION, secret_texts, with_secrets_of
from localcluster.kubernetes_provider.values import Secret


def test_the_content_of_a_secret_is_secret_even_when_the_program_does_not_say_so() -> None:
    plain = {"kind": "Secret", "data": {"a": "eA=="}, "stringData": {"b": "y"}, "type": "Opaque"}
    assert with_secrets_of(plain, {}) == {
        "kind": "Secret",
        "data": Secret({"a": "eA=="}),
        "stringData": Secret({"b": "y"}),
        "type": "Opaque",
    }


def test_a_secret_input_stays_secret_at_its_place_only() -> None:
    plain = {"kind": "ConfigMap", "data": {"password": "x", "greeting": "hello"}}
    inputs = {"kind": "ConfigMap", "data": {"password": Secret("x"), "greeting": "hello"}}
    assert with_secrets_of(plain, inputs)["data"] == {"password": Secret("x"), "greeting": "hello"}


def test_a_list_that_holds_a_secret_is_secret_as_a_whole() -> None:
    plain = {"env": [{"name": "A", "value": "x"}, {"name": "B", "value": "y"}]}
    inputs = {"env": [{"name": "A", "value": Secret("x")}]}
    assert with_secrets_of(plain, inputs) == {"env": Secret(plain["env"])}


def test_secret_metadata_of_a_secret_stays_secret() -> None:
    plain = {"kind": "Secret", "metadata": {"annotations": {"token": "x"}}}
    inputs = {"kind": "Secret", "metadata": {"annotations": {"token": Secret("x")}}}
    assert with_secrets_of(plain, inputs)["metadata"] == {"annotations": {"token": Secret("x")}}


def test_kubectls_copy_of_the_object_in_an_annotation_is_secret() -> None:
    plain = {"kind": "Secret", "metadata": {"name": "a", "annotations": {LAST_APPLIED_ANNOTATION: "{...}"}}}
    marked = with_secrets_of(plain, {})
    assert marked["metadata"] == {"name": "a", "annotations": {LAST_APPLIED_ANNOTATION: Secret("{...}")}}


def test_messages_show_no_secret_text() -> None:
    inputs = {"env": Secret([{"name": "TOKEN", "value": "hunter2"}, {"value": "no"}]), "image": "web"}
    assert secret_texts(inputs) == {"TOKEN", "hunter2"}
    reporter = Reporter(None, "", secret_texts(inputs))
    assert (
        reporter.redacted('web: invalid value "hunter2", no good') == 'web: invalid value "[secret]", no good'
    )
