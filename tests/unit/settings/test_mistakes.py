from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.settings import Settings, load_settings

Load = Callable[[str], Settings]


def mistakes(load: Load, text: str) -> str:
    with pytest.raises(ProjectError) as raised:
        load(text)
    return str(raised.value)


@pytest.mark.parametrize(
    ("before", "after", "line", "key", "expected"),
    [
        ("organization: acme", "organization: a/b", 3, "organization", 'found "a/b"; allowed: 1 to 128'),
        ("organization: acme", "organization: ..", 3, "organization", 'found ".."'),
        ("organization: acme", "organization: kube-system", 3, "organization", "Kubernetes reserves"),
        ("kind: embedded", "kind: minikube", 4, "cluster", "allowed as kind: user, embedded, managed"),
        ("kind: embedded", "context: x", 4, "cluster", "kind is missing"),
        ("{kind: embedded}", "embedded", 4, "cluster", "found a text; allowed: a mapping: {kind: ...}"),
        ("kind: embedded", "kind: embedded, context: x", 4, "cluster.context", "unknown key; known: kind"),
        ("kind: embedded", "kind: user, contxt: x", 4, "cluster.contxt", "did you mean context?"),
        ("kind: embedded", "kind: user, contxt: x", 4, "cluster.context", "is missing"),
        ("kind: embedded", "kind: user, context: ''", 4, "cluster.context", 'found ""'),
        (
            "kind: embedded",
            "kind: user, context: 1",
            4,
            "cluster.context",
            "found the number 1; allowed: a text",
        ),
        ("project: digits", "project: a b", 6, "deployments[0].project", 'found "a b"'),
        ("project: digits", "projet: digits", 6, "deployments[0].projet", "did you mean project?"),
        ("source: ../digits", "source: ''", 8, "deployments[0].source", 'found ""'),
        ("source: ../digits", "yaml: ../a.yaml", 8, "deployments[0].yaml", "a path inside the source"),
        ('"20261101.0"', "20261101.0", 10, "deployments[0].versions[0].name", "found the number 20261101.0"),
        ('"20261101.0"', '"a/b"', 10, "deployments[0].versions[0].name", "a segment of a URL"),
        (
            ' name: "20261101.0"',
            "",
            10,
            "deployments[0].versions[0]",
            "found nothing (null); allowed: a mapping",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(
    load: Load, minimal: str, before: str, after: str, line: int, key: str, expected: str
) -> None:
    message = mistakes(load, minimal.replace(before, after))

    assert f"stacks/Pulumi.test.yaml:{line}: endpoints:{key}: " in message
    assert expected in message


@pytest.mark.parametrize(
    ("setting", "key", "expected"),
    [
        ("registry: {repository: acme}", "registry.repository", "Docker Hub is docker.io/ACCOUNT"),
        (
            "registry: {repository: 'https://r.acme.example/ml'}",
            "registry.repository",
            "without scheme and tag",
        ),
        ("registry: {repository: 'r.acme.example/ML'}", "registry.repository", "in lower case"),
        ("registry: {repository: r.acme.example, username: a}", "registry", "password is missing"),
        ("registry: {repository: r.acme.example, password: a}", "registry", "username is missing"),
        ("routing: {kind: nginx}", "routing", 'found "nginx"; allowed as kind: ingress, gateway'),
        ("routing: {kind: ingress, host: 'https://a.example'}", "routing.host", "no scheme, port or path"),
        ("routing: {kind: ingress, tls: {secretName: a}}", "routing", "tls needs host"),
        (
            "routing: {kind: ingress, host: a.b, tls: {secret: a}}",
            "routing.tls.secret",
            "did you mean secretName?",
        ),
        (
            "routing: {kind: ingress, host: a.b, tls: {}}",
            "routing.tls",
            "exactly one of secretName and issuer",
        ),
        (
            "routing: {kind: ingress, host: a.b, tls: {secretName: a, issuer: b}}",
            "routing.tls",
            "exactly one of secretName and issuer",
        ),
        (
            "routing: {kind: ingress, host: a.b, tls: {secretName: a, issuerKind: Issuer}}",
            "routing.tls",
            "issuerKind is of an issuer",
        ),
        (
            "routing: {kind: ingress, host: a.b, tls: {issuer: a, issuerKind: Venafi}}",
            "routing.tls.issuerKind",
            'found "Venafi"; allowed: ClusterIssuer or Issuer',
        ),
        (
            "routing: {kind: gateway, tls: {secretName: a}}",
            "routing",
            "HTTPS ends at the Gateway's listener, which has the certificate; remove tls",
        ),
        ("routing: {kind: gateway, ingressClass: a}", "routing.ingressClass", "unknown key; known: gateway"),
        ("routing: {kind: gateway, gateway: public}", "routing.gateway", "found a text; allowed: a mapping"),
        ("routing: {kind: gateway, gateway: {name: a}}", "routing.gateway.namespace", "is missing; add it"),
        (
            "routing: {kind: gateway, gateway: {name: a, namespace: b.c}}",
            "routing.gateway.namespace",
            "up to 63 lower-case letters, digits and dashes",
        ),
        ("routing: {kind: gateway, scheme: tls}", "routing.scheme", 'found "tls"; allowed: http or https'),
        (
            "routing: {kind: gateway, requestTimeoutSeconds: 0}",
            "routing.requestTimeoutSeconds",
            "allowed: 1 or more",
        ),
        ("routing: {kind: ingress, ingressClass: A}", "routing.ingressClass", "a Kubernetes object's name"),
        ("builder: {nam: a}", "builder.nam", "did you mean name?"),
        ("environment: {A-B: a}", "environment.A-B", "letters, digits and underscores"),
        ("environment: {SCRIPT_NAME: /a}", "environment.SCRIPT_NAME", "which are set already"),
        ("environment: {A: 1}", "environment.A", "put numbers, true and false in quotes"),
        ("environment: {A: {secrets: b}}", "environment.A", "or {secret: NAME}"),
        ("environment: [A=1]", "environment", "found a list; allowed: a mapping"),
        ("organisation: acme", "organisation", "did you mean organization?"),
    ],
)
def test_a_mistake_in_an_optional_setting_is_told_with_its_line(
    load: Load, minimal: str, setting: str, key: str, expected: str
) -> None:
    message = mistakes(load, f"{minimal}  endpoints:{setting}\n")

    assert f"stacks/Pulumi.test.yaml:11: endpoints:{key}: " in message
    assert expected in message


@pytest.mark.parametrize(
    ("setting", "key", "expected"),
    [
        ("replicas: {min: 0}", "replicas.min", "found the number 0; allowed: 1 or more"),
        ("replicas: {min: 5, max: 4}", "replicas", "min 5 is above max 4"),
        ("replicas: {min: 1.0}", "replicas.min", "found the number 1.0; allowed: a whole number"),
        ("replicas: {min: '1'}", "replicas.min", 'found "1"; allowed: a whole number'),
        ("replicas: 2", "replicas", "found a number; allowed: a mapping of min, max"),
        ("scaling: {cpuUtilization: 101}", "scaling.cpuUtilization", "allowed: 100 or less"),
        (
            "scaling: {cpuUtilization: true}",
            "scaling.cpuUtilization",
            "found the boolean true; allowed: a whole number",
        ),
        ("scaling: {cpu_utilization: 70}", "scaling.cpu_utilization", "did you mean cpuUtilization?"),
        ("scaling: {scaleDownSeconds: 3601}", "scaling.scaleDownSeconds", "allowed: 3600 or less"),
        ("scaling: {cpuUtilization: null}", "scaling.cpuUtilization", "there is nothing to follow; set"),
        (
            "scaling: {metrics: [{kind: cpu}]}",
            "scaling.metrics[0]",
            "allowed as kind: pods, object, external",
        ),
        (
            "scaling: {metrics: [{kind: pods, metric: a, average: fast}]}",
            "scaling.metrics[0].average",
            'found "fast"; allowed: an amount such as 20, 500m or 1.5k',
        ),
        (
            "scaling: {metrics: [{kind: pods, metric: a, average: 1, value: 1}]}",
            "scaling.metrics[0].value",
            "unknown key; known: average, kind, labels, metric",
        ),
        (
            "scaling: {metrics: [{kind: external, metric: a, value: 1, average: 1}]}",
            "scaling.metrics[0]",
            "exactly one of value and average",
        ),
        (
            "scaling: {metrics: [{kind: object, metric: a, value: 1}]}",
            "scaling.metrics[0].object",
            "is missing; add it",
        ),
        ("scaling: {keda: {triggers: []}}", "scaling.keda.triggers", "is empty; add at least one item"),
        (
            "scaling: {keda: {triggers: [{type: cron, metadata: {start: [1]}}]}}",
            "scaling.keda.triggers[0].metadata.start",
            "allowed: a text, a number, true or false",
        ),
        (
            "scaling: {metrics: [{kind: pods, metric: a, average: 1}],"
            " keda: {triggers: [{type: cron, metadata: {}}]}}",
            "scaling",
            "write them as triggers of keda",
        ),
        (
            "shutdown: {preStopSeconds: 30, gracePeriodSeconds: 35}",
            "shutdown",
            "gracePeriodSeconds 35 leaves running requests no time after preStopSeconds 30;"
            " allowed: 36 or more",
        ),
        ("accessLog: false", "accessLog", "found the boolean false; allowed: text, json or none"),
        ("files: {model: model.npz}", "files.model", "found a text; allowed: a mapping of path, uri, sha256"),
        ("files: {model: {}}", "files.model", "exactly one of path and uri"),
        ("files: {model: {path: a, uri: s3://a/b}}", "files.model", "exactly one of path and uri"),
        ("files: {model: {uri: model.npz}}", "files.model.uri", "allowed: a URI of https://, http://, s3://"),
        ("files: {model: {uri: ftp://a/b}}", "files.model.uri", "allowed: a URI of https://, http://, s3://"),
        ("files: {model: {uri: https://a/}}", "files.model.uri", "allowed: the URI of a file"),
        (
            "files: {model: {uri: https://me:s73577357@a/b}}",
            "files.model.uri",
            "holds a user name or password",
        ),
        ("files: {model: {path: a, sha256: abc}}", "files.model.sha256", "64 hexadecimal digits"),
        ("probe: {kind: exec}", "probe.kind", 'found "exec"; allowed: http, tcp or listening'),
        ("probe: {path: /health}", "probe.path", "add kind: http, or remove path"),
        ("probe: {kind: tcp, path: /health}", "probe", "add kind: http, or remove path"),
        ("probe: {kind: http, path: health}", "probe.path", "beginning with a slash"),
        ("timeoutSeconds: 0", "timeoutSeconds", "allowed: 1 or more"),
        ("timeout: 9", "timeout", "did you mean timeoutSeconds?"),
    ],
)
def test_a_mistake_in_an_endpoints_settings_is_told_with_its_line(
    load: Load, minimal: str, setting: str, key: str, expected: str
) -> None:
    message = mistakes(load, f"{minimal}          endpoints:\n            greet:\n              {setting}\n")

    path = "deployments[0].versions[0].endpoints.greet"
    assert message.startswith(f"stacks/Pulumi.test.yaml:13: endpoints:{path}.{key}: ")
    assert expected in message


@pytest.mark.parametrize("commit", ["main", "v1.0", "1a2b3", "1A2B3C4D", "HEAD~1", "--upload-pack=x"])
def test_a_commit_is_a_hash_and_not_a_name_that_may_move(load: Load, minimal: str, commit: str) -> None:
    message = mistakes(load, f"{minimal}          commit: '{commit}'\n")
    assert "stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[0].commit: " in message
    assert "a version must not change" in message


def test_an_unquoted_commit_of_digits_is_to_be_quoted(load: Load, minimal: str) -> None:
    message = mistakes(load, f"{minimal}          commit: 1234567\n")
    assert "found the number 1234567; allowed: a text, in quotes" in message


def test_an_empty_choice_of_endpoints_is_refused(load: Load, minimal: str) -> None:
    message = mistakes(load, f"{minimal}          endpoints: {{}}\n")
    assert "endpoints:deployments[0].versions[0].endpoints: is empty" in message


def test_missing_keys_are_told_all_at_once(load: Load) -> None:
    message = mistakes(load, "config:\n  endpoints:deployments:\n    - project: digits\n")
    for key in ("organization", "cluster", "deployments[0].name", "deployments[0].source"):
        assert f"endpoints:{key}: is missing; add it" in message
    assert "deployments[0].versions: is missing" in message


def test_a_wrong_version_does_not_make_the_list_of_versions_look_empty(load: Load, minimal: str) -> None:
    assert "is empty" not in mistakes(load, minimal.replace('"20261101.0"', "1"))


def test_two_deployments_of_one_name_in_a_project_are_refused(load: Load, minimal: str) -> None:
    deployment = minimal[minimal.index("    - project") :]
    message = mistakes(load, minimal + deployment)
    assert message == (
        "stacks/Pulumi.test.yaml:12: endpoints:deployments[1].name: deployment production of project digits "
        "is listed twice; put all its versions into one"
    )


def test_two_versions_of_one_name_are_refused(load: Load, minimal: str) -> None:
    message = mistakes(load, f'{minimal}        - name: "20261101.0"\n')
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[1].name: ")
    assert "version 20261101.0 is listed twice" in message


def test_a_version_that_is_listed_twice_is_told_the_next_free_name_of_today() -> None:
    version = {"name": "20261101.0"}
    deployment = {"project": "a", "name": "b", "source": "c", "versions": [version, version]}
    values = {"organization": "acme", "cluster": {"kind": "embedded"}, "deployments": [deployment]}
    with pytest.raises(ProjectError) as raised:
        load_settings(values, None, today=date(2026, 11, 1))
    assert str(raised.value).endswith("remove one, or rename the new one: 20261101.1 is free")


def test_a_cluster_of_the_users_own_needs_registry_and_routing(load: Load, minimal: str) -> None:
    message = mistakes(load, minimal.replace("kind: embedded", "kind: user, context: prod"))
    assert "endpoints:registry: is missing; a cluster of kind user needs it" in message
    assert "endpoints:routing: is missing; a cluster of kind user needs it" in message


@pytest.mark.parametrize(
    "setting",
    [
        "registry: {repository: r.acme.example, username: a, password: 73577357}",
        "registry: {repository: r.acme.example, username: a, pasword: s73577357}",
        "registry: {repository: r.acme.example, username: a, password: [s73577357]}",
        "registry: s73577357",
        "environment: {TOKEN: 73577357}",
        "environment: {TOKEN: [s73577357]}",
        "secrets: {token: 73577357}",
        "secrets: {token: {a: s73577357}}",
        "secrets: [s73577357]",
        "secret: s73577357",
        "routing: https://user:s73577357@models.acme.example",
    ],
)
def test_no_message_shows_what_may_be_a_secret(load: Load, minimal: str, setting: str) -> None:
    message = mistakes(load, f"{minimal}  endpoints:{setting}\n")
    assert "73577357" not in message
    assert message.startswith("stacks/Pulumi.test.yaml:11: endpoints:")


def test_an_encrypted_value_is_refused_where_it_would_become_readable(tmp_path: Path, minimal: str) -> None:
    """Pulumi hands decrypted values to the program; only the stack file tells that they are secret."""
    stack_file = tmp_path / "Pulumi.test.yaml"
    secure = "{secure: AAABAH0YaZ}"
    text = minimal.replace("project: digits", f"project: {secure}")
    text += f"  endpoints:environment:\n    TOKEN: {secure}\n  endpoints:routing: {secure}\n"
    text += f"  endpoints:secrets:\n    token: {secure}\n"
    text += f"  endpoints:registry:\n    username: a\n    password: {secure}\n  other:token: {secure}\n"
    stack_file.write_text(text)

    with pytest.raises(ProjectError) as raised:
        load_settings({"environment": {"TOKEN": "s73577357"}}, stack_file)

    messages = str(raised.value).splitlines()
    assert [message.split(": ")[1] for message in messages] == [
        "endpoints:deployments[0].project",
        "endpoints:environment.TOKEN",
        "endpoints:routing",
    ]
    assert all("is encrypted, but would be readable in previews" in message for message in messages)
    assert "s73577357" not in str(raised.value)


def test_a_secret_that_the_stack_file_shows_is_refused_with_the_command_that_encrypts_it(
    load: Load, minimal: str
) -> None:
    text = f"{minimal}  endpoints:secrets:\n    key: {{secure: a}}\n    token: s73577357\n"
    assert mistakes(load, text) == (
        "stacks/Pulumi.test.yaml:13: endpoints:secrets.token: can be read in this file; encrypt it: "
        "pulumi config set --secret --path 'endpoints:secrets.token'"
    )


def test_secrets_may_be_encrypted_one_by_one_or_as_a_whole(tmp_path: Path, minimal: str) -> None:
    stack_file = tmp_path / "Pulumi.test.yaml"
    values = {
        "organization": "acme",
        "cluster": {"kind": "embedded"},
        "deployments": [],
        "secrets": {"key": "s73577357"},
    }
    for written in ("{secure: AAABAH0YaZ}", "{key: {secure: AAABAH0YaZ}}"):
        stack_file.write_text(f"{minimal}  endpoints:secrets: {written}\n")
        settings = load_settings(values, stack_file)
        assert settings.secrets["key"].get_secret_value() == "s73577357"


@pytest.mark.parametrize(
    "source",
    ["https://robot:s73577357@git.acme.example/digits", "https://s73577357@git.acme.example/digits"],
)
def test_a_password_or_token_in_a_source_is_refused_and_not_shown(
    load: Load, minimal: str, source: str
) -> None:
    assert mistakes(load, minimal.replace("../digits", source)) == (
        "stacks/Pulumi.test.yaml:8: endpoints:deployments[0].source: holds a user name or password; "
        "leave it out and let git's credential helper answer"
    )


def test_a_source_may_name_the_user_of_ssh(load: Load, minimal: str) -> None:
    for source in ("ssh://git@git.acme.example/digits", "git@git.acme.example:digits"):
        assert load(minimal.replace("../digits", source)).deployments[0].source == source


def test_the_cause_of_an_error_is_not_kept_since_it_quotes_secrets(load: Load, minimal: str) -> None:
    with pytest.raises(ProjectError) as raised:
        load(f"{minimal}  endpoints:secrets: {{token: 73577357}}\n")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_keys_are_written_as_in_the_stack_files_of_a_project_with_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "stacks/Pulumi.dev.yaml"
    file.parent.mkdir()
    file.write_text("config:\n  fraud:organization: acme\n  fraud:cluster: {kind: minikube}\n")
    values = {"organization": "acme", "cluster": {"kind": "minikube"}, "deployments": []}
    with pytest.raises(ProjectError, match=r"stacks/Pulumi\.dev\.yaml:3: fraud:cluster"):
        load_settings(values, file, "fraud")


@pytest.mark.parametrize(
    ("aliases", "key", "expected"),
    [
        (
            '{latest: "20261101.1"}',
            "aliases.latest",
            'found "20261101.1", which is no version of this deployment; did you mean 20261101.0? known: 2',
        ),
        ('{live: "20261101.0", latest: live}', "aliases.latest", 'found "live", which is no version'),
        ('{"20261101.0": "20261101.0"}', "aliases.20261101.0", "is the name of a version, too; rename"),
        ("{latest: 20261101.0}", "aliases.latest", "found the number 20261101.0; allowed: a text, in quotes"),
        ('{"a/b": "20261101.0"}', "aliases.a/b", "a segment of a URL"),
        ('{..: "20261101.0"}', "aliases...", "a segment of a URL"),
        ('{latest: ["20261101.0"]}', "aliases.latest", "found a list; allowed: a text, in quotes"),
        ("{latest: {}}", "aliases.latest", "has no weight above 0"),
        (
            '{latest: {"2.0261101e+07": 1}}',
            "aliases.latest",
            'YAML reads "20261101.0" so without quotes; add quotes',
        ),
        ("{latest: {20261101.0: 1}}", "aliases.latest.20261101.0", "allowed: a text, in quotes"),
        ('{latest: {"20261101.0": 0}}', "aliases.latest", "has no weight above 0"),
        ('{latest: {"20261101.0": 90, "2": 10}}', "aliases.latest", 'found "2", which is no version'),
        ('{latest: {"20261101.0": -1}}', "aliases.latest.20261101.0", "allowed: 0 or more"),
        ('{latest: {"20261101.0": 0.5}}', "aliases.latest.20261101.0", "allowed: a whole number"),
        ('{latest: {"20261101.0": true}}', "aliases.latest.20261101.0", "allowed: a whole number"),
        ('{latest: {"20261101.0": 1000001}}', "aliases.latest.20261101.0", "allowed: 1000000 or less"),
    ],
)
def test_an_alias_must_lead_to_a_version_and_not_be_named_like_one(
    load: Load, minimal: str, aliases: str, key: str, expected: str
) -> None:
    text = minimal.replace("source: ../digits", f"aliases: {aliases}\n      source: ../digits")
    message = mistakes(load, text)

    assert f"stacks/Pulumi.test.yaml:8: endpoints:deployments[0].{key}: " in message
    assert expected in message


def test_a_cluster_of_ones_own_needs_the_gateway_that_takes_the_routes(load: Load, minimal: str) -> None:
    text = minimal.replace("kind: embedded", "kind: user, context: prod")
    text += "  endpoints:registry: {repository: r.acme.example}\n  endpoints:routing: {kind: gateway}\n"
    assert mistakes(load, text) == (
        "stacks/Pulumi.test.yaml:12: endpoints:routing.gateway: is missing; "
        "add the Gateway that takes the routes: {name: ..., namespace: ...}"
    )
