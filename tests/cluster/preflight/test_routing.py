"""Routers that are missing or closed, and addresses that somebody else has."""

import json
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.preflight.cluster_objects import Object, namespace, of_namespace, present
from tests.cluster.preflight.conftest import Look, Place

pytestmark = pytest.mark.cluster

PLACE = Place("preflight-routing")

OTHERS = f"{PLACE.organization}-others"
GATEWAY = {"name": "localcluster", "namespace": "localcluster"}


def ingress(path: str, **rule: Any) -> Object:
    backend = {"service": {"name": "other", "port": {"number": 80}}}
    paths = [{"path": path, "pathType": "Prefix", "backend": backend}]
    return of_namespace(
        "networking.k8s.io/v1",
        "Ingress",
        "other",
        OTHERS,
        spec={"ingressClassName": "traefik", "rules": [{**rule, "http": {"paths": paths}}]},
    )


def http_route(path: str) -> Object:
    return of_namespace(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "other",
        OTHERS,
        spec={
            "parentRefs": [GATEWAY],
            "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": path}}]}],
        },
    )


def test_an_ingress_class_that_nobody_serves_is_told_with_those_that_are(look: Look) -> None:
    (error,) = look(routing={"kind": "ingress", "ingressClass": "traefic"}).errors
    assert "routing.ingressClass: the cluster has no IngressClass traefic; did you mean traefik?" in error


def test_a_default_class_serves_ingresses_that_name_none(look: Look) -> None:
    assert look(routing={"kind": "ingress"}).errors == []


def test_a_missing_gateway_is_told(look: Look) -> None:
    (error,) = look(routing={"kind": "gateway", "gateway": {**GATEWAY, "name": "public"}}).errors
    assert "routing.gateway: the cluster has no Gateway public in the namespace localcluster" in error


def test_a_missing_listener_is_told_with_those_that_there_are(look: Look, kubectl: Kubectl) -> None:
    own = json.loads(kubectl.run("get", "gateway", "localcluster", "-n", "localcluster", "-o", "json"))
    (error,) = look(routing={"kind": "gateway", "gateway": {**GATEWAY, "listener": "https-public"}}).errors
    assert "the Gateway localcluster of the namespace localcluster has no listener https-public; " in error
    assert all(listener["name"] in error for listener in own["spec"]["listeners"])


@pytest.mark.parametrize(
    ("allowed", "is_open"),
    [
        ({"from": "Same"}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"valohai.com/organization": "acme"}}}, False),
        (
            {
                "from": "Selector",
                "selector": {"matchLabels": {"valohai.com/organization": PLACE.organization}},
            },
            True,
        ),
        ({"from": "All"}, True),
    ],
)
def test_a_gateway_that_lets_the_routes_not_in_is_told_with_what_its_owner_can_do(
    look: Look, kubectl: Kubectl, allowed: Object, is_open: bool
) -> None:
    own = json.loads(kubectl.run("get", "gateway", "localcluster", "-n", "localcluster", "-o", "json"))
    listener = {**own["spec"]["listeners"][0], "allowedRoutes": {"namespaces": allowed}}
    gateway = of_namespace(
        own["apiVersion"], "Gateway", "closed", OTHERS, spec={**own["spec"], "listeners": [listener]}
    )
    with present(kubectl, namespace(OTHERS), gateway):
        seen = look(routing={"kind": "gateway", "gateway": {"name": "closed", "namespace": OTHERS}})
    if is_open:
        assert seen.errors == []
    else:
        (error,) = seen.errors
        assert (
            f"does not let routes of the namespace {PLACE.namespace} in; its owner can by allowedRoutes"
            in error
        )


@pytest.mark.parametrize(
    ("route", "routing", "kind"),
    [
        (ingress(PLACE.prefix), {"kind": "ingress", "ingressClass": "traefik"}, "Ingress"),
        (http_route(PLACE.prefix), {"kind": "gateway", "gateway": GATEWAY}, "HTTPRoute"),
    ],
)
def test_a_prefix_that_somebody_else_routes_is_an_error(
    look: Look, kubectl: Kubectl, route: Object, routing: Object, kind: str
) -> None:
    with present(kubectl, namespace(OTHERS), route):
        (error,) = look(routing=routing).errors
    assert (
        f"the {kind} other of the namespace {OTHERS} routes {PLACE.prefix} already; remove it there" in error
    )


def test_a_part_of_a_prefix_that_somebody_else_routes_is_told(look: Look, kubectl: Kubectl) -> None:
    with present(kubectl, namespace(OTHERS), ingress(f"{PLACE.prefix}/predict", host="a.example")):
        seen = look()
    assert seen.errors == []
    (advice,) = seen.advice
    assert (
        f"routes {PLACE.prefix}/predict of the host a.example, and takes these requests from {PLACE.prefix}"
        in advice
    )


@pytest.mark.parametrize(
    "other", [ingress(f"{PLACE.prefix}s"), ingress("/"), ingress(PLACE.prefix, host="other.example")]
)
def test_other_addresses_are_nobodys_business(look: Look, kubectl: Kubectl, other: Object) -> None:
    routing = {"kind": "ingress", "ingressClass": "traefik", "host": "own.example"}
    with present(kubectl, namespace(OTHERS), other):
        seen = look(routing=routing)
    assert (seen.errors, seen.advice) == ([], [])
