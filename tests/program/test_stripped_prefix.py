"""`prefix: strip`: what the router is told, and what the pods are told then."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.program.conftest import Configure
from tests.program.recording import Declared, Recording

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
MIDDLEWARE = "kubernetes:traefik.io/v1alpha1:Middleware"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "acme-digits-production"
OLD, NEW = "20261101.0", "20261102.0"
PREFIX = "/acme/digits/production"
GATEWAY = {"kind": "gateway", "gateway": {"name": "public", "namespace": "routers"}, "host": "a.example"}


@pytest.fixture
def stripped(project: Path, declare: Configure) -> Callable[..., Recording]:
    """Declare two versions of `greet`, whose prefix is removed in the first, and the alias `latest`."""

    def run(latest: str | dict[str, int] = OLD, newer: str = "strip", **changes: Any) -> Recording:
        endpoint = {"probe": {"kind": "http", "path": "/ping"}, "smokeRequest": {"via": "pod"}}
        deployment = {
            "project": "digits",
            "name": "production",
            "source": str(project),
            "aliases": {"latest": latest},
            "versions": [
                {"name": OLD, "endpoints": {"greet": {**endpoint, "prefix": "strip"}}},
                {"name": NEW, "endpoints": {"greet": {**endpoint, "prefix": newer}}},
            ],
        }
        return declare(deployments=[deployment], **changes)

    return run


def named(recording: Recording, kind: str, name: str) -> Declared:
    (found,) = [found for found in recording.of_type(kind) if found.name == f"{PREFIX[1:]}/{name}"]
    return found


def rule(recording: Recording, name: str) -> Any:
    (only,) = named(recording, ROUTE, name).inputs["spec"]["rules"]
    return only


@pytest.mark.parametrize("name", [OLD, "latest"])
def test_traefik_gets_two_middlewares_that_its_ingress_names(
    stripped: Callable[..., Recording], name: str
) -> None:
    own = {"traefik.ingress.kubernetes.io/router.middlewares": "auth-login@kubernetescrd"}
    routing = {"kind": "ingress", "ingressClass": "traefik", "annotations": own}
    recording = stripped(routing=routing)
    path = named(recording, MIDDLEWARE, f"{name}/greet-prefix-path").inputs
    header = named(recording, MIDDLEWARE, f"{name}/greet-prefix-header").inputs
    pattern = f"^{PREFIX}/{name}/greet(?:/(.*))?$".replace(".0", "[.]0")
    assert path["spec"] == {"replacePathRegex": {"regex": pattern, "replacement": "/$1"}}
    assert header["spec"] == {
        "headers": {"customRequestHeaders": {"X-Forwarded-Prefix": f"{PREFIX}/{name}/greet"}}
    }
    ingress = named(recording, INGRESS, f"{name}/greet").inputs
    assert ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"].split(
        ","
    ) == [
        "auth-login@kubernetescrd",
        *(f"{NAMESPACE}-{found['metadata']['name']}@kubernetescrd" for found in (path, header)),
    ]
    assert ingress["spec"]["rules"][0]["http"]["paths"][0]["pathType"] == "Prefix"


@pytest.mark.parametrize("chosen", [{"ingressClass": "nginx"}, {"controller": "ingress-nginx"}])
def test_ingress_nginx_gets_a_pattern_that_ends_with_a_segment(
    stripped: Callable[..., Recording], chosen: dict[str, str]
) -> None:
    recording = stripped(routing={"kind": "ingress", **chosen})
    assert not recording.of_type(MIDDLEWARE)
    ingress = named(recording, INGRESS, f"{OLD}/greet").inputs
    assert ingress["metadata"]["annotations"] == {
        "nginx.ingress.kubernetes.io/use-regex": "true",
        "nginx.ingress.kubernetes.io/rewrite-target": "/$2",
        "nginx.ingress.kubernetes.io/x-forwarded-prefix": f"{PREFIX}/{OLD}/greet",
        "pulumi.com/skipAwait": "true",
    }
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["path"] == f"{PREFIX}/20261101[.]0/greet(/|$)(.*)"
    assert path["pathType"] == "ImplementationSpecific"


@pytest.mark.parametrize("name", [OLD, "latest"])
def test_a_gateway_replaces_the_prefix_by_a_slash(stripped: Callable[..., Recording], name: str) -> None:
    prefix = f"{PREFIX}/{name}/greet"
    modifier, rewrite = rule(stripped(routing=GATEWAY), f"{name}/greet")["filters"]
    assert modifier["requestHeaderModifier"]["set"] == [
        {"name": "X-VH-Prefix", "value": prefix},
        {"name": "X-Forwarded-Prefix", "value": prefix},
    ]
    path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
    assert rewrite == {"type": "URLRewrite", "urlRewrite": {"path": path}}


def test_versions_that_share_an_alias_each_get_paths_as_they_know_them(
    stripped: Callable[..., Recording],
) -> None:
    shared = rule(stripped({OLD: 90, NEW: 10}, newer="keep", routing=GATEWAY), "latest/greet")
    old, new = shared["backendRefs"]
    assert [found["type"] for found in shared["filters"]] == ["RequestHeaderModifier"]
    (header,) = old["filters"][0]["requestHeaderModifier"]["set"]
    assert header == {"name": "X-Forwarded-Prefix", "value": f"{PREFIX}/latest/greet"}
    assert old["filters"][1]["urlRewrite"]["path"]["replacePrefixMatch"] == "/"
    (rewrite,) = new["filters"]
    assert rewrite["urlRewrite"]["path"]["replacePrefixMatch"] == f"{PREFIX}/{NEW}/greet"


def test_pods_are_asked_without_the_prefix_and_know_it_for_links_alone(
    stripped: Callable[..., Recording],
) -> None:
    recording = stripped(newer="keep", routing=GATEWAY)
    for name, prefix in ((OLD, ""), (NEW, f"{PREFIX}/{NEW}/greet")):
        template = named(recording, DEPLOYMENT, f"{name}/greet").inputs["spec"]["template"]
        (container,) = template["spec"]["containers"]
        environment = {entry["name"]: entry["value"] for entry in container["env"]}
        assert environment.get("SCRIPT_NAME", "") == prefix
        assert environment["VH_DEFAULT_PREFIX"] == f"{PREFIX}/{name}/greet"
        assert container["readinessProbe"]["httpGet"]["path"] == f"{prefix}/ping"


@pytest.mark.parametrize("routing", [{"ingressClass": "alb"}, {}])
def test_a_router_that_is_not_known_to_be_able_is_refused(
    stripped: Callable[..., Recording], routing: dict[str, str]
) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"greet\.prefix: strip needs a router.*Set controller.*gateway"
    ):
        stripped(routing={"kind": "ingress", **routing})


def test_the_server_of_wsgi_keeps_its_prefix(declare: Configure) -> None:
    def of_predict_digit(recording: Recording) -> dict[str, Any]:
        return {one.type: one.inputs for one in recording.resources if one.name.endswith("/predict-digit")}

    assert of_predict_digit(declare(defaults={"prefix": "strip"})) == of_predict_digit(declare())
