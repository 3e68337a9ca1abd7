"""A cluster becomes a managed one while a team is on it: its namespace changes hands, its pods stay."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, own_cluster, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack, count_types
from tests.cluster.managed.conftest import APPLICATION, MANIFEST, managing_settings
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.managed.moving import change, managed_place, own_place, read_file, team_of
from tests.cluster.preflight.cluster_objects import documented, kubeconfig_of_account

pytestmark = pytest.mark.cluster

ORGANIZATION = "taken-over"
NAMESPACE = f"{ORGANIZATION}-cards-production"
READING = {"apiGroups": [""], "resources": ["namespaces", "serviceaccounts"], "verbs": ["get"]}
"""The rule of the documented Role by which a stack lets go of what it has made."""


@dataclass(frozen=True)
class Takeover:
    """A team's stack, deployed with an administrator's rights, and a managing stack that is not there yet."""

    stack: Stack
    managing: ManagingStack
    own: dict[str, Any]
    managed: dict[str, Any]


@pytest.fixture(scope="module")
def takeover(connection: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Takeover]:
    directory = tmp_path_factory.mktemp("taken-over")
    managing = ManagingStack(directory / "managing", ORGANIZATION)
    managing.configure(**managing_settings(ORGANIZATION, teams=[team_of(ORGANIZATION)]))
    stack = Stack(directory / "cards", managing.state_directory, project="cards")
    project = write_project(directory / "project", MANIFEST, answer__py=APPLICATION)
    routing = {"kind": "ingress", "ingressClass": connection["router"]["ingressClass"]}
    settings = own_cluster(connection, routing) | {
        "organization": ORGANIZATION,
        "registry": {"repository": f"{connection['registry']}/cards/models"},
        "deployments": [deployment("cards", project, answer={"environment": {"TEAM": "cards"}})],
    }
    stack.configure(**settings)
    with ExitStack() as afterwards:
        afterwards.callback(managing.destroy)
        afterwards.callback(stack.destroy)
        stack.up()
        own = own_place(connection).cluster
        yield Takeover(stack, managing, own, managed_place(managing, connection).cluster)


def pods(kubectl: Kubectl) -> set[str]:
    return {pod["metadata"]["uid"] for pod in kubectl.get("pods", NAMESPACE)}


def identity(kubectl: Kubectl) -> str:
    found = json.loads(kubectl.run("get", "namespace", NAMESPACE, "-o", "json"))
    uid = found["metadata"]["uid"]
    assert isinstance(uid, str)
    return uid


def test_a_namespace_that_is_to_exist_already_is_not_deleted_because_the_stack_has_made_it(
    takeover: Takeover,
) -> None:
    stack = takeover.stack
    change(stack, cluster=takeover.own | {"namespaces": "existing"})
    steps = count_types(stack.preview())
    change(stack, cluster=takeover.own)
    assert set(steps) == {
        ("read", "kubernetes:core/v1:Namespace"),
        ("read", "kubernetes:core/v1:ServiceAccount"),
    }


def test_a_namespace_is_not_let_go_of_while_pods_pull_with_the_stacks_secret_alone(
    takeover: Takeover, kubectl: Kubectl
) -> None:
    stack = takeover.stack
    registry = read_file(stack)["config"]["cards:registry"]
    change(stack, registry=registry | {"pullSecret": {"kind": "credentials", "username": "reader"}})
    path = "cards:registry.pullSecret.password"
    stack.succeed("config", "set", "--secret", "--path", path, standard_input="only-reads")
    stack.up()
    (secret,) = kubectl.get("secrets", NAMESPACE)
    name = secret["metadata"]["name"]
    change(stack, cluster=takeover.own | {"namespaces": "existing"}, registry=registry)
    told = stack.fail("preview")
    assert f"removes the Secret {name} that it created" in told

    patch = {"imagePullSecrets": [{"name": "others"}]}
    kubectl.run("patch", "serviceaccount", "endpoints", "-n", NAMESPACE, "--patch", json.dumps(patch))
    steps = count_types(stack.preview())
    assert steps["delete", "kubernetes:core/v1:Secret"] == 1
    change(stack, cluster=takeover.own)
    stack.up()
    assert kubectl.get("secrets", NAMESPACE) == []


def test_the_documented_role_is_enough_to_let_go_of_a_namespace(
    takeover: Takeover, kubectl: Kubectl, tmp_path: Path
) -> None:
    stack, before, namespace = takeover.stack, pods(kubectl), identity(kubectl)
    made = tmp_path / "made.json"
    stack.succeed("stack", "export", "--file", str(made))
    *granted, role, binding = documented("deployer.yaml", NAMESPACE)
    (account,) = (item for item in granted if item["metadata"]["name"] == "deployer")
    kubectl.apply(account, {**role, "rules": [rule for rule in role["rules"] if rule != READING]}, binding)
    file = kubeconfig_of_account(kubectl, "deployer", NAMESPACE, tmp_path / "config")
    cluster = {"kind": "user", "context": "deployer", "kubeconfig": str(file), "namespaces": "existing"}
    change(stack, cluster=cluster)
    told = stack.fail("preview")
    assert f"in the namespace {NAMESPACE}: get namespaces and serviceaccounts; ask your cluster " in told
    assert "must read it and its service account to hand it over" in told

    kubectl.apply(role)
    stack.up()
    assert (pods(kubectl), identity(kubectl)) == (before, namespace)
    stack.succeed("preview", "--expect-no-changes")
    # The namespace becomes the stack's own again, for what follows.
    stack.succeed("stack", "import", "--file", str(made))
    change(stack, cluster=takeover.own)
    assert stack.preview() == []


def test_a_namespace_changes_hands_and_its_pods_stay(
    takeover: Takeover, kubectl: Kubectl, connection: dict[str, Any]
) -> None:
    stack, managing = takeover.stack, takeover.managing
    url = f"{connection['router']['url']}/{ORGANIZATION}/cards/production/20261101.0/answer"
    before, namespace = pods(kubectl), identity(kubectl)
    assert request(url).body == "cards"
    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        told = managing.fail(*command)
        assert "managed:teams[0].deployments[0]: the namespace" in told
        assert f"{NAMESPACE} already exists and belongs to the stack organization/cards/trial; " in told
        assert "take it over once with `PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up`" in told
        assert "Traceback" not in told
    managing.succeed("up", "--yes", "--skip-preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert identity(kubectl) == namespace

    change(stack, cluster=takeover.managed)
    del stack.environment["KUBECONFIG"]
    steps = count_types(stack.preview())
    assert not {type_ for operation, type_ in steps if operation in ("delete", "replace")}
    assert steps["read", "kubernetes:core/v1:Namespace"] == 1
    stack.up()

    assert pods(kubectl) == before
    assert identity(kubectl) == namespace
    assert request(url).body == "cards"
    # What is read again each time is no change.
    stack.succeed("preview", "--expect-no-changes")
    managing.up()
    assert managing.changes() == []


def test_the_way_back_is_a_cluster_of_ones_own_whose_namespaces_exist(
    takeover: Takeover, kubectl: Kubectl
) -> None:
    stack, before, namespace = takeover.stack, pods(kubectl), identity(kubectl)
    change(stack, cluster=takeover.own | {"namespaces": "existing"})
    stack.up()
    assert (pods(kubectl), identity(kubectl)) == (before, namespace)
    stack.succeed("preview", "--expect-no-changes")
    stack.destroy()
    assert identity(kubectl) == namespace
    assert kubectl.get("deployments", NAMESPACE) == []
