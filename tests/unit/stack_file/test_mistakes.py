"""A mistake in a setting is told with its file, line and key, and with what is allowed."""

from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.stack_file import load_settings
from tests.unit.stack_file.conftest import Load, mistakes


@pytest.mark.parametrize(
    ("before", "after", "line", "key", "expected"),
    [
        ("organization: acme", "organization: a/b", 3, "organization", 'found "a/b"; allowed: 1 to 128'),
        ("organization: acme", "organization: ..", 3, "organization", 'found ".."'),
        ("organization: acme", "organization: kube-system", 3, "organization", "Kubernetes reserves"),
        ("kind: embedded", "kind: minikube", 4, "cluster", "allowed as kind: user, embedded, managed"),
        ("kind: embedded", "context: x", 4, "cluster", "kind is missing"),
        ("{kind: embedded}", "embedded", 4, "cluster", "found a string; allowed: a mapping: {kind: ...}"),
        ("kind: embedded", "kind: embedded, context: x", 4, "cluster.context", "unknown key; known: kind"),
        ("kind: embedded", "kind: user, contxt: x", 4, "cluster.contxt", "did you mean context?"),
        ("kind: embedded", "kind: user, contxt: x", 4, "cluster.context", "is missing"),
        ("kind: embedded", "kind: user, context: ''", 4, "cluster.context", 'found ""'),
        (
            "kind: embedded",
            "kind: user, context: 1",
            4,
            "cluster.context",
            "found the number 1; allowed: a string",
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
            "issuerKind needs issuer",
        ),
        (
            "routing: {kind: ingress, host: a.b, tls: {issuer: a, issuerKind: Venafi}}",
            "routing.tls.issuerKind",
            'found "Venafi"; allowed: ClusterIssuer or Issuer',
        ),
        (
            "routing: {kind: gateway, tls: {secretName: a}}",
            "routing",
            "HTTPS ends at its listener, which has the certificate; remove tls",
        ),
        (
            "routing: {kind: gateway, ingressClass: a}",
            "routing.ingressClass",
            "unknown key; known: annotations, gateway",
        ),
        (
            "routing: {kind: gateway, gateway: public}",
            "routing.gateway",
            "found a string; allowed: a mapping",
        ),
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
        (
            "builder: {attestations: {sbom: false, provenance: none}}",
            "builder.attestations",
            "has no effect: sbom is false and provenance is none; remove attestations",
        ),
        (
            "builder: {attestations: {sbom: false, generator: a/b}}",
            "builder.attestations",
            "has a generator, which makes an SBOM, but sbom is false; remove one of them",
        ),
        (
            "builder: {attestations: {provenance: full}}",
            "builder.attestations.provenance",
            'found "full"; allowed: none, min or max',
        ),
        ("builder: {kind: docker, attestations: {}}", "builder.attestations", "unknown key; known: kind"),
        ("environment: {A-B: a}", "environment.A-B", "letters, digits and underscores"),
        ("environment: {SCRIPT_NAME: /a}", "environment.SCRIPT_NAME", "which the program sets"),
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
        ("scaling: {cpuUtilization: null}", "scaling.cpuUtilization", "no scaling metric is set; set"),
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
            "scaling: {metrics: [{kind: pods, metric: a, average: 1.5}]}",
            "scaling.metrics[0].average",
            "found the number 1.5; allowed: an amount such as 20, 500m or 1.5k (in quotes",
        ),
        (
            "scaling: {metrics: [{kind: pods, metric: a, average: true}]}",
            "scaling.metrics[0].average",
            "found the boolean true; allowed: an amount",
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
            "allowed: a string, a number, true or false",
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
        (
            "files: {model: model.npz}",
            "files.model",
            "found a string; allowed: a mapping of path, uri, sha256",
        ),
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


def test_missing_keys_are_told_all_at_once(load: Load) -> None:
    message = mistakes(load, "config:\n  endpoints:deployments:\n    - project: digits\n")
    for key in ("organization", "cluster", "deployments[0].name", "deployments[0].source"):
        assert f"endpoints:{key}: is missing; add it" in message
    assert "deployments[0].versions: is missing" in message


def test_a_cluster_of_the_users_own_needs_registry_and_routing(load: Load, minimal: str) -> None:
    message = mistakes(load, minimal.replace("kind: embedded", "kind: user, context: prod"))
    assert "endpoints:registry: is missing; a cluster of kind user needs it" in message
    assert "endpoints:routing: is missing; a cluster of kind user needs it" in message


def test_keys_are_written_as_in_the_stack_files_of_a_project_with_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "stacks/Pulumi.dev.yaml"
    file.parent.mkdir()
    file.write_text("config:\n  fraud:organization: acme\n  fraud:cluster: {kind: minikube}\n")
    values = {"organization": "acme", "cluster": {"kind": "minikube"}, "deployments": []}
    with pytest.raises(ProjectError, match=r"stacks/Pulumi\.dev\.yaml:3: fraud:cluster"):
        load_settings(values, file, "fraud")


def test_a_cluster_of_ones_own_needs_the_gateway_that_takes_the_routes(load: Load, minimal: str) -> None:
    text = minimal.replace("kind: embedded", "kind: user, context: prod")
    text += "  endpoints:registry: {repository: r.acme.example}\n  endpoints:routing: {kind: gateway}\n"
    assert mistakes(load, text) == (
        "stacks/Pulumi.test.yaml:12: endpoints:routing.gateway: is missing; "
        "a cluster of kind user needs it; add {name: ..., namespace: ...}"
    )
