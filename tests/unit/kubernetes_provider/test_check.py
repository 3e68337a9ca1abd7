"""Inputs as they are kept: names, namespaces, secrets, and what is refused at once."""

import pytest

from localcluster.kubernetes_provider.check import check
from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.naming import Autonaming
from localcluster.kubernetes_provider.session import Session
from localcluster.kubernetes_provider.values import UNKNOWN, JsonObject, Secret
from tests.unit.kubernetes_provider.fake_api import FakeApi, session_with
from tests.unit.kubernetes_provider.operations import CONFIG_MAP, run


def checked(session: Session, type_token: str, new: JsonObject, old: JsonObject | None = None) -> JsonObject:
    return run(check(session, type_token, "settings", old or {}, new, Autonaming()))


def test_a_built_in_object_is_checked_without_a_request(api: FakeApi) -> None:
    inputs = checked(
        session_with(api), "kubernetes:core/v1:ConfigMap", {**CONFIG_MAP, "metadata": {"name": "a"}}
    )
    assert inputs["metadata"] == {"name": "a", "namespace": "demo"}
    assert api.requests == []


def test_the_namespace_setting_wins_over_the_contexts(api: FakeApi) -> None:
    session = session_with(api, namespace="team")
    inputs = checked(session, "kubernetes:core/v1:ConfigMap", {**CONFIG_MAP, "metadata": {"name": "a"}})
    assert inputs["metadata"]["namespace"] == "team"


def test_an_object_outside_namespaces_gets_none(api: FakeApi) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "namespace": "x"}}
    assert checked(session_with(api), "kubernetes:core/v1:Namespace", namespace)["metadata"] == {"name": "a"}


@pytest.mark.parametrize(("kind", "namespaced"), [("Widget", True), ("Planet", False), ("Unheard", True)])
def test_the_scope_of_a_custom_kind_is_asked_for(api: FakeApi, kind: str, namespaced: bool) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "a"}}
    inputs = checked(session_with(api), f"kubernetes:example.com/v1:{kind}", custom)
    assert ("namespace" in inputs["metadata"]) is namespaced


def test_the_recorded_object_tells_the_scope_of_a_custom_kind_without_a_request(api: FakeApi) -> None:
    custom = {"apiVersion": "example.com/v1", "kind": "Planet", "metadata": {"name": "a"}}
    inputs = checked(session_with(api), "kubernetes:example.com/v1:Planet", custom, old=custom)
    assert "namespace" not in inputs["metadata"]
    assert api.requests == []


def test_checked_secrets_stay_secret(api: FakeApi) -> None:
    inputs = {**CONFIG_MAP, "data": {"a": Secret("x"), "b": UNKNOWN}}
    assert checked(session_with(api), "kubernetes:core/v1:ConfigMap", inputs)["data"] == {
        "a": Secret("x"),
        "b": UNKNOWN,
    }


@pytest.mark.parametrize(
    ("type_token", "inputs", "message"),
    [
        ("kubernetes:helm.sh/v3:Release", {}, "not supported by the development plugin"),
        ("kubernetes:core/v1:ConfigMapPatch", CONFIG_MAP, "Patch resources are not supported"),
        ("kubernetes:core/v1:ConfigMapList", {**CONFIG_MAP, "items": []}, "declare their items instead"),
        ("kubernetes:core/v1:ConfigMap", {"kind": "ConfigMap"}, "apiVersion must be a string"),
        (
            "kubernetes:core/v1:ConfigMap",
            {**CONFIG_MAP, "metadata": {"annotations": {"pulumi.com/waitFor": "nonsense"}}},
            r"pulumi\.com/waitFor",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    api: FakeApi, type_token: str, inputs: JsonObject, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        checked(session_with(api), type_token, inputs)
