"""`prefix: strip`: the router removes the prefix, and nothing else puts it into paths."""

from typing import Any

import pulumi
import pytest

from tests.program.conftest import Configure
from tests.program.recording import Recording

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
MIDDLEWARE = "kubernetes:traefik.io/v1alpha1:Middleware"
MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
STRIP = {"prefix": "strip"}
PREFIX = "/acme/digits/production/20261101.0/greet"
GATEWAY = {"kind": "gateway", "gateway": {"name": "public", "namespace": "gateways"}}


def of_greet(recording: Recording, token: str) -> Any:
    (found,) = [one for one in recording.of_type(token) if one.name.endswith("/greet")]
    return found.inputs


def test_a_gateway_removes_the_prefix_and_tells_it(declare: Configure) -> None:
    (rule,) = of_greet(declare(routing=GATEWAY, defaults=STRIP), ROUTE)["spec"]["rules"]
    header, rewrite = rule["filters"]
    assert header["requestHeaderModifier"]["set"] == [
        {"name": "X-VH-Prefix", "value": PREFIX},
        {"name": "X-Forwarded-Prefix", "value": PREFIX},
    ]
    assert rewrite["urlRewrite"]["path"] == {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}


def test_traefik_removes_it_by_a_middleware_after_those_of_the_stack_file(declare: Configure) -> None:
    routing = {
        "kind": "ingress",
        "ingressClass": "traefik",
        "annotations": {MIDDLEWARES: "auth@kubernetescrd"},
    }
    recording = declare(routing=routing, defaults=STRIP)
    removal, ingress = recording.only(MIDDLEWARE).inputs, of_greet(recording, INGRESS)
    assert removal["spec"] == {"stripPrefix": {"prefixes": [PREFIX]}}
    own = f"{removal['metadata']['namespace']}-{removal['metadata']['name']}@kubernetescrd"
    assert ingress["metadata"]["annotations"][MIDDLEWARES] == f"auth@kubernetescrd,{own}"
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert (path["path"], path["pathType"]) == (PREFIX, "Prefix")


def test_ingress_nginx_removes_it_by_annotations_and_a_path_that_ends_at_a_segment(
    declare: Configure,
) -> None:
    routing = {"kind": "ingress", "ingressClass": "public", "controller": "ingress-nginx"}
    recording = declare(routing=routing, defaults=STRIP)
    ingress = of_greet(recording, INGRESS)
    annotations = ingress["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/use-regex"] == "true"
    assert annotations["nginx.ingress.kubernetes.io/rewrite-target"] == "/$2"
    assert annotations["nginx.ingress.kubernetes.io/x-forwarded-prefix"] == PREFIX
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["path"] == r"/acme/digits/production/20261101\.0/greet(/|$)(.*)"
    assert path["pathType"] == "ImplementationSpecific"
    assert not recording.of_type(MIDDLEWARE)


def test_the_server_is_told_no_script_name_and_is_asked_without_the_prefix(declare: Configure) -> None:
    settings = {**STRIP, "probe": {"kind": "http", "path": "/ping"}}
    workload = of_greet(declare(defaults=settings), "kubernetes:apps/v1:Deployment")
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    names = {variable["name"]: variable["value"] for variable in container["env"]}
    assert "SCRIPT_NAME" not in names
    assert names["VH_DEFAULT_PREFIX"] == PREFIX
    assert container["readinessProbe"]["httpGet"]["path"] == "/ping"


def test_the_server_of_wsgi_keeps_its_prefix(declare: Configure) -> None:
    def of_predict_digit(recording: Recording) -> dict[str, Any]:
        return {one.type: one.inputs for one in recording.resources if one.name.endswith("/predict-digit")}

    assert of_predict_digit(declare(defaults=STRIP)) == of_predict_digit(declare())


@pytest.mark.parametrize("routing", [{"kind": "ingress", "ingressClass": "alb"}, {"kind": "ingress"}])
def test_a_router_that_is_not_known_to_remove_prefixes_is_refused_with_file_and_key(
    declare: Configure, routing: dict[str, str]
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare(routing=routing, defaults=STRIP)
    text = str(raised.value)
    assert "endpoints:defaults.prefix: strip needs a router that removes prefixes: a Gateway" in text
    assert text.count("strip needs") == 1
