"""Namespaces that change hands: told from those of a move that ended halfway by what the API server says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from endpoints.preflight.facts import Intent
from endpoints.target import Move
from endpoints.target.last_update import LastUpdate, read_last_update
from tests.unit.preflight.conftest import NAMESPACE
from tests.unit.preflight.conftest import intend as intend

SERVER = "https://prod.example:6443"


@pytest.mark.parametrize(
    ("seen", "is_handed_over"),
    [
        ({NAMESPACE: "1"}, True),
        ({}, True),  # nobody can tell: what is left behind harms nobody
        ({NAMESPACE: "2"}, False),  # the stack's own is on another cluster
    ],
)
def test_only_a_namespace_that_may_be_the_stacks_own_is_handed_over(
    intend: Callable[..., Intent], seen: dict[str, str | None], is_handed_over: bool
) -> None:
    intent = intend()
    target = replace(intent.target, makes_namespaces=False)
    found = LastUpdate(frozenset({SERVER, "https://other.example"}), {NAMESPACE: "1"}).handed_over(
        intent.namespaces, target, seen
    )
    assert list(found) == ([NAMESPACE] if is_handed_over else [])


def test_a_stack_that_was_nowhere_does_not_move(intend: Callable[..., Intent]) -> None:
    target = intend().target
    assert LastUpdate().move_to(target) is None
    assert LastUpdate(frozenset({SERVER})).move_to(target) is None


def test_a_move_that_ended_halfway_goes_on(intend: Callable[..., Intent]) -> None:
    left = LastUpdate(frozenset({SERVER, "https://other.example:6443"}), uids=frozenset({"1"}))
    assert left.move_to(intend().target) == Move(("https://other.example:6443",), frozenset({"1"}))


def test_everything_with_a_uid_is_the_stacks_own() -> None:
    kinds = ("core/v1:Namespace", "apps/v1:Deployment", "networking.k8s.io/v1:Ingress")
    resources = {
        f"urn:{kind}": {"type": f"kubernetes:{kind}", "outputs": {"metadata": {"name": "a", "uid": kind}}}
        for kind in kinds
    }
    found = read_last_update({**resources, "urn:4": {"type": "kubernetes:core/v1:Service", "outputs": {}}})
    assert found.uids == frozenset(kinds)


def test_what_nodes_pull_with_is_told_from_other_secrets() -> None:
    secrets = {"pull": "kubernetes.io/dockerconfigjson", "variables": "Opaque"}
    resources = {
        f"urn:{name}": {
            "type": "kubernetes:core/v1:Secret",
            "outputs": {"metadata": {"namespace": NAMESPACE, "name": name}, "type": type_},
        }
        for name, type_ in secrets.items()
    }
    assert read_last_update(resources).pull_secrets == frozenset({(NAMESPACE, "pull")})


def test_what_is_neither_provider_nor_namespace_says_nothing_of_the_cluster() -> None:
    resources: dict[str, dict[str, Any]] = {
        "urn:1": {"type": "pulumi:pulumi:Stack", "outputs": {"endpoints": {}}},
        "urn:2": {"type": "kubernetes:core/v1:Service"},
    }
    assert read_last_update(resources) == LastUpdate()
