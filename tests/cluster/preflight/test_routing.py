"""Ingress classes that no router serves, and addresses that another stack has."""

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
        f"the {kind} other of the namespace {OTHERS} routes {PLACE.prefix} already; remove that "
        "route" in error
    )


def test_a_part_of_a_prefix_that_somebody_else_routes_is_told(look: Look, kubectl: Kubectl) -> None:
    with present(kubectl, namespace(OTHERS), ingress(f"{PLACE.prefix}/predict", host="a.example")):
        seen = look()
    assert seen.errors == []
    (advice,) = seen.advice
    assert (
        f"routes {PLACE.prefix}/predict of the host a.example, so these requests do not reach {PLACE.prefix}"
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
