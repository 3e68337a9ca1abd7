"""What the cluster lacks to remove a prefix by Ingresses."""

from dataclasses import replace
from typing import Any

import pytest

from endpoints.preflight.rights import needed_rights
from tests.unit.preflight.conftest import NAMESPACE, SOUND, Judge, MakeIntent

STRIP = {"prefix": "strip"}


def ingress_class(name: str, controller: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"controller": controller}}


def texts(
    judge: Judge, controller: str, *, middlewares: bool = True, **routing: str
) -> list[tuple[bool, str]]:
    groups = {**(SOUND.groups or {})}
    if middlewares:
        groups["traefik.io"] = {"v1alpha1": frozenset({"middlewares"})}
    classes = (ingress_class("traefik", controller),)
    given = {"kind": "ingress", "ingressClass": "traefik", **routing}
    found = judge(but={"groups": groups, "ingress_classes": classes}, endpoint=STRIP, routing=given)
    return [(one.fatal, one.problem.text) for one in found]


def test_a_class_that_traefik_serves_is_sound(judge: Judge) -> None:
    assert texts(judge, "traefik.io/ingress-controller") == []


def test_missing_definitions_of_traefik_are_told(judge: Judge) -> None:
    ((fatal, text),) = texts(judge, "traefik.io/ingress-controller", middlewares=False)
    assert fatal
    assert "no middlewares.traefik.io/v1alpha1" in text


@pytest.mark.parametrize(
    ("controller", "is_fatal", "remedy"),
    [
        ("k8s.io/ingress-nginx", True, "set controller: ingress-nginx"),
        ("acme.example/own", False, "use a Gateway unless it is the same program"),
    ],
)
def test_a_class_of_another_controller_is_told(
    judge: Judge, controller: str, is_fatal: bool, remedy: str
) -> None:
    ((fatal, text),) = texts(judge, controller)
    assert fatal is is_fatal
    assert text.startswith(f"the controller of the IngressClass traefik is {controller}")
    assert remedy in text


def test_the_right_to_middlewares_is_asked_for_only_where_they_are_made(intend: MakeIntent) -> None:
    routing = {"kind": "ingress", "ingressClass": "traefik"}
    for endpoint, is_needed in ((STRIP, True), ({}, False)):
        intent = intend(endpoint=endpoint, routing=routing)
        (plan,) = intent.plan.deployments
        assert plan.namespace == NAMESPACE
        rights = {right.resource for right in needed_rights(plan, replace(intent.target))}
        assert ("middlewares" in rights) is is_needed
