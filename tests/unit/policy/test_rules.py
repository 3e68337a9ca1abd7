"""Each rule finds what it is for, says what to do, and passes what this program declares."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from endpoints.policy import RULES, Context, PolicySettings, check_preview
from endpoints.report.preview import UNKNOWN
from tests.unit.report.conftest import recorded

DIGEST = "registry.acme.example/ml/score@sha256:" + "a" * 64

CONTAINER: dict[str, Any] = {
    "name": "endpoint",
    "image": DIGEST,
    "resources": {"requests": {"cpu": "100m", "memory": "64M"}, "limits": {"memory": "128M"}},
    "securityContext": {"allowPrivilegeEscalation": False},
    "env": [{"name": "VALOHAI_API_KEYS", "valueFrom": {"secretKeyRef": {"name": "greet", "key": "keys"}}}],
}
WORKLOAD: dict[str, Any] = {
    "kind": "Deployment",
    "spec": {"template": {"spec": {"securityContext": {"runAsNonRoot": True}, "containers": [CONTAINER]}}},
}
SETTINGS = PolicySettings(registries=("registry.acme.example/ml",))


def found(rule: str, declared: dict[str, Any], *, production: bool = True) -> list[str]:
    (check,) = (known.check for known in RULES if known.name == rule)
    return list(check(declared, Context(SETTINGS, production)))


def workload(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> dict[str, Any]:
    """Return the workload after a change of its pods' specification and of their container."""
    declared = copy.deepcopy(WORKLOAD)
    spec = declared["spec"]["template"]["spec"]
    change(spec, spec["containers"][0])
    return declared


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_a_workload_that_is_as_it_should_be_passes_every_rule(rule: str) -> None:
    assert found(rule, WORKLOAD) == []


@pytest.mark.parametrize("image", ["python:3.11", "registry.acme.example/ml/score:latest", f"{DIGEST[:-1]}"])
def test_an_image_without_a_digest_is_found(image: str) -> None:
    (text,) = found("image-digest", workload(lambda _, container: container.update(image=image)))
    assert text == f"container endpoint runs {image}, which can change; give its digest: @sha256:..."


def test_an_image_that_the_update_builds_is_not_known_yet_and_passes() -> None:
    declared = workload(lambda _, container: container.update(image=UNKNOWN))
    assert found("image-digest", declared) == []
    assert found("registries", declared) == []


def test_containers_that_prepare_pods_are_looked_at_too() -> None:
    declared = workload(lambda spec, _: spec.update(initContainers=[{**CONTAINER, "image": "busybox"}]))
    assert len(found("image-digest", declared)) == 1


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, ["requests of cpu and memory", "limits of memory"]),
        ({"requests": {"cpu": "1", "memory": "1G"}}, ["limits of memory"]),
        ({"requests": {"memory": "1G"}, "limits": {"memory": "1G"}}, ["requests of cpu"]),
        # Kubernetes makes a request of a limit that stands alone.
        ({"limits": {"memory": "1G"}}, ["requests of cpu"]),
        ({"requests": {"cpu": "1"}, "limits": {"memory": "1G"}}, []),
    ],
)
def test_missing_requests_and_limits_are_found(resources: dict[str, Any], expected: list[str]) -> None:
    texts = found("resources", workload(lambda _, container: container.update(resources=resources)))
    assert [text.partition(" has no ")[2].partition(";")[0] for text in texts] == expected
    for text in texts:
        bound = "min" if "no requests" in text else "max"
        assert text.endswith(f"; add {bound} under resources of the endpoint in valohai.yaml")


PRIVILEGES: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "have hostNetwork": lambda spec, _: spec.update(hostNetwork=True),
    "have hostPID": lambda spec, _: spec.update(hostPID=True),
    "mount / of the node": lambda spec, _: spec.update(volumes=[{"hostPath": {"path": "/"}}]),
    "privileged container endpoint": lambda _, container: container["securityContext"].update(
        privileged=True
    ),
    "gain privileges": lambda _, container: container["securityContext"].clear(),
    "as root": lambda spec, _: spec.update(securityContext={}),
    "the capabilities NET_ADMIN": lambda _, container: container["securityContext"].update(
        capabilities={"add": ["NET_ADMIN"]}
    ),
}


@pytest.mark.parametrize("words", PRIVILEGES)
def test_a_privilege_on_the_node_is_found(words: str) -> None:
    (text,) = found("unprivileged", workload(PRIVILEGES[words]))
    assert words in text


@pytest.mark.parametrize("kind", ["Pod", "Job", "CronJob"])
def test_whatever_runs_pods_is_looked_at(kind: str) -> None:
    template = {"spec": {"hostNetwork": True, "containers": [{**CONTAINER, "image": "x"}]}}
    spec: dict[str, Any] = {
        "Pod": template["spec"],
        "Job": {"template": template},
        "CronJob": {"jobTemplate": {"spec": {"template": template}}},
    }
    declared = {"kind": kind, "spec": spec[kind]}
    assert found("unprivileged", declared)[0].startswith("its pods have hostNetwork")
    assert len(found("image-digest", declared)) == 1


def ingress(tls: list[str], *hosts: str | None) -> dict[str, Any]:
    rules = [{"host": host} if host else {} for host in hosts]
    return {"kind": "Ingress", "spec": {"rules": rules, "tls": [{"hosts": tls}]}}


def test_a_host_of_production_without_tls_is_found() -> None:
    declared = ingress(["models.acme.example"], "models.acme.example", "open.acme.example")
    assert found("tls", declared) == [
        "answers on open.acme.example without TLS; set tls of endpoints:routing"
    ]
    assert found("tls", declared, production=False) == []


def http_route(*hosts: str, **parent: str) -> dict[str, Any]:
    return {
        "kind": "HTTPRoute",
        "spec": {"hostnames": [*hosts], "parentRefs": [{"name": "public", **parent}]},
    }


def test_an_http_route_of_production_names_a_host_and_a_listener() -> None:
    assert found("tls", http_route("models.acme.example", sectionName="https")) == []
    (without_listener,) = found("tls", http_route("models.acme.example"))
    assert without_listener.startswith(
        "is attached to every listener of the Gateway public, also those without TLS"
    )
    assert found("tls", http_route(sectionName="https")) == [
        "answers on any host; set host of endpoints:routing"
    ]
    assert found("tls", http_route(), production=False) == []


def test_a_route_of_production_on_any_host_is_found() -> None:
    assert "answers on any host" in found("tls", ingress([], None))[0]


@pytest.mark.parametrize(
    ("declared", "count"),
    [
        ({"kind": "HorizontalPodAutoscaler", "spec": {"minReplicas": 1.0, "maxReplicas": 4}}, "1 pod;"),
        ({"kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 4}}, "1 pod;"),
        ({"kind": "ScaledObject", "spec": {}}, "0 pods;"),
        ({"kind": "Deployment", "spec": {"replicas": 1}}, "1 pod;"),
    ],
)
def test_too_few_replicas_in_production_are_found(declared: dict[str, Any], count: str) -> None:
    (text,) = found("replicas", declared)
    assert text == f"keeps {count} set replicas.min to 2 or more"
    assert found("replicas", declared, production=False) == []


@pytest.mark.parametrize(
    "declared",
    [
        {"kind": "HorizontalPodAutoscaler", "spec": {"minReplicas": 2}},
        {"kind": "Deployment", "spec": {}},
        {"kind": "Service", "spec": {}},
    ],
)
def test_enough_replicas_pass(declared: dict[str, Any]) -> None:
    assert found("replicas", declared) == []


@pytest.mark.parametrize("image", ["docker.io/evil/score:1", "registry.acme.example/mlx/score:1"])
def test_an_image_of_another_registry_is_found(image: str) -> None:
    (text,) = found("registries", workload(lambda _, container: container.update(image=image)))
    assert text == f"container endpoint runs {image}; approved registries: registry.acme.example/ml"


def test_http_routes_of_a_recorded_preview_are_held_to_naming_a_listener() -> None:
    preview = recorded("gateway-moved-alias")
    routes = [resource for resource in preview.resources if resource.kind == "HTTPRoute"]
    settings = PolicySettings(production=("trial",))
    told = [violation for violation in check_preview(preview, settings) if violation.policy == "tls"]
    assert len(routes) == 4
    assert {violation.name for violation in told} == {route.name for route in routes}


@pytest.mark.parametrize(
    ("image", "is_approved"),
    [
        ("registry.acme.example/score@sha256:0", True),
        # Another port is another registry.
        ("registry.acme.example:5000/score@sha256:0", False),
        ("registry.acme.example.evil.example/score@sha256:0", False),
    ],
)
def test_all_of_a_registry_is_approved_by_its_host_alone_and_no_other_port(
    image: str, is_approved: bool
) -> None:
    (rule,) = (rule for rule in RULES if rule.name == "registries")
    declared = workload(lambda _, container: container.update(image=image))
    context = Context(PolicySettings(registries=("registry.acme.example",)), False)
    assert (list(rule.check(declared, context)) == []) is is_approved


def test_an_endpoint_in_production_that_answers_everybody_is_found() -> None:
    declared = workload(lambda _, container: container.update(env=[{"name": "PORT", "value": "8000"}]))
    (text,) = found("access", declared)
    assert text == "answers everybody; set access of its endpoint, or let the router check who calls"
    assert found("access", declared, production=False) == []
    by_token = workload(lambda _, container: container.update(env=[{"name": "VALOHAI_OIDC", "value": "{}"}]))
    assert found("access", by_token) == []
    declared["spec"]["template"]["metadata"] = {"annotations": {"valohai.com/access": "apiKeys"}}
    assert found("access", declared) == []
