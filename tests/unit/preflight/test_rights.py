"""The rights that a preflight asks for are those of the documented Role, no more and no less."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from endpoints.preflight.rights import Right, needed_rights
from managed.plan.models import rules
from tests.unit.preflight.conftest import MakeIntent

REPOSITORY = Path(__file__).parents[3]

HOST = {"kind": "ingress", "host": "a.example"}

Rights = set[tuple[str, str, str]]


def documented() -> Rights:
    objects = yaml.safe_load_all((REPOSITORY / "docs/manifests/deployer.yaml").read_text())
    (role,) = (found for found in objects if found["kind"] == "Role")
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def needed(intend: MakeIntent, *, hands_over: bool = False, **settings: Any) -> Rights:
    cluster = {"kind": "user", "context": "prod", "kubeconfig": "config", "namespaces": "existing"}
    intent = intend(**{"cluster": cluster, **settings})
    (deployment,) = intent.plan.deployments
    target = replace(intent.target, handed_over=frozenset(intent.namespaces if hands_over else ()))
    return {(right.group, right.resource, right.verb) for right in needed_rights(deployment, target)}


def test_the_documented_role_is_the_union_of_what_stacks_need(intend: MakeIntent) -> None:
    gateway = {"kind": "gateway", "gateway": {"name": "public", "namespace": "routers"}}
    ingress = {"kind": "ingress", "host": "a.example", "tls": {"issuer": "acme"}}
    triggers = [{"type": "cron", "metadata": {"timezone": "UTC"}}]
    everything = (
        needed(intend, hands_over=True, routing=ingress, endpoint={"replicas": {"min": 2, "max": 4}})
        | needed(intend, endpoint={"metrics": {"scrape": "podMonitor", "port": 9000}})
        | needed(intend, endpoint={"prefix": "strip"})
        | needed(intend, routing=gateway, endpoint={"scaling": {"keda": {"triggers": triggers}}})
        | needed(
            intend,
            endpoint={"environment": {"KEY": {"secret": "key"}}, "smokeRequest": {"via": "pod"}},
            secrets={"key": {"secure": "value"}},
        )
    )
    assert everything == documented()


def test_the_role_of_a_managed_clusters_team_holds_what_its_stacks_need(intend: MakeIntent) -> None:
    found = needed(
        intend,
        hands_over=True,
        endpoint={
            "replicas": {"min": 2, "max": 4},
            "environment": {"KEY": {"secret": "key"}},
            "metrics": {"scrape": "podMonitor", "port": 9000},
            "smokeRequest": {"via": "pod"},
        },
        secrets={"key": {"secure": "value"}},
    )
    granted = {
        (rule.group, resource, verb)
        for rule in rules("ingress", monitored=True)
        for resource in rule.resources
        for verb in rule.verbs
    }
    assert found <= granted


@pytest.mark.parametrize(
    ("settings", "resource"),
    [
        ({"endpoint": {"replicas": {"min": 1, "max": 1}}}, "horizontalpodautoscalers"),
        ({"endpoint": {"replicas": {"min": 1, "max": 4}}}, "poddisruptionbudgets"),
        ({}, "secrets"),
        ({}, "httproutes"),
        ({}, "namespaces"),
        ({}, "serviceaccounts"),
        ({"endpoint": {"metrics": {"scrape": "annotations", "port": 9000}}}, "podmonitors"),
        ({"routing": HOST, "endpoint": {"smokeRequest": {}}}, "pods/portforward"),
    ],
)
def test_a_stack_asks_for_no_right_that_it_does_not_use(
    intend: MakeIntent, settings: dict[str, Any], resource: str
) -> None:
    assert resource not in {found for _, found, _ in needed(intend, **settings)}


@pytest.mark.parametrize(
    ("rules", "is_granted"),
    [
        ([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], True),
        ([{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}], True),
        ([{"apiGroups": [""], "resources": ["deployments"], "verbs": ["patch"]}], False),
        ([{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}], False),
        (
            [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": ["one"]}],
            False,
        ),
        ([], False),
    ],
)
def test_rules_grant_what_they_name(rules: Iterable[dict[str, Any]], is_granted: bool) -> None:
    assert Right("apps", "deployments", "patch").is_granted_by(rules) is is_granted
