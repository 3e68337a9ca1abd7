"""A team moves from a cluster of its own to a managed one: of its stack file `cluster` alone changes."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cluster.deployments.private_registry import PASSWORD, USER, private_registry
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.stack import Stack, count_types
from tests.cluster.localcluster.cluster import Cluster
from tests.cluster.localcluster.conftest import cluster as cluster
from tests.cluster.localcluster.conftest import tools_are_built as tools_are_built
from tests.cluster.managed.conftest import APPLICATION, MANIFEST, managing_settings
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.managed.moving import (
    HOST,
    QUICK,
    Place,
    beside,
    change,
    managed_place,
    own_place,
    read_file,
    set_passwords,
    stack_file,
    team_of,
    watching,
)

pytestmark = pytest.mark.cluster

ORGANIZATION = "moving"
NAMESPACE = f"{ORGANIZATION}-cards-production"
PATH = f"/{ORGANIZATION}/cards/production/20261101.0/answer"
ALIAS = f"/{ORGANIZATION}/cards/production/latest/answer"
UNMET = {
    "environment": {"TEAM": "cards"},
    "shutdown": QUICK,
    "smokeRequest": {"status": 418, "via": "pod", "retrySeconds": 0},
}


@dataclass(frozen=True)
class Team:
    """The team's stack, which is on its own cluster whenever a test begins, and the places it may be at."""

    stack: Stack
    own: Place
    managed: Place

    @property
    def host_port(self) -> str:
        """The managed cluster's port, which its URLs name."""
        return self.managed.router.rpartition(":")[2]


@pytest.fixture(scope="module")
def team(
    cluster: Cluster, connection: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    """Start a cluster for the team alone, have it set up on the one that all tests share, and deploy."""
    cluster.succeed("up")
    own = own_place(cluster.connection())
    directory = tmp_path_factory.mktemp("moving")
    with ExitStack() as afterwards:
        private = afterwards.enter_context(private_registry(directory, connection, cluster.connection()))
        registry = f"{private.address}/ml/cards"
        managing = ManagingStack(directory / "managing", ORGANIZATION)
        granted = team_of(ORGANIZATION, hosts=[HOST], registry={"repository": registry, "username": USER})
        managing.configure(**managing_settings(ORGANIZATION, teams=[granted]))
        path = "managed:teams[0].registry.password"
        managing.succeed("config", "set", "--secret", "--path", path, standard_input=PASSWORD)
        afterwards.callback(managing.destroy)
        managing.up()
        stack = Stack(directory / "cards", managing.state_directory, project="cards")
        project = write_project(directory / "project", MANIFEST, answer__py=APPLICATION)
        stack.configure(**stack_file(ORGANIZATION, own, connection, registry, project))
        set_passwords(stack)
        afterwards.callback(stack.destroy)
        stack.up()
        yield Team(stack, own, managed_place(managing, connection))


def test_a_second_stack_with_another_cluster_serves_beside_the_first_one(team: Team) -> None:
    stack = team.stack
    assert team.own.answers(PATH)
    assert not team.managed.answers(PATH)
    second = beside(stack, "managed")
    change(second, cluster=team.managed.cluster)
    try:
        first, other = (
            json.loads(of.succeed("config", "--json", "--show-secrets")) for of in (stack, second)
        )
        differing = {key for key in {*first, *other} if first.get(key) != other.get(key)}
        assert differing == {"cards:cluster"}
        with watching(PATH, team.own, team.managed) as seen:
            second.up()
        assert team.managed.answers(PATH)
        assert team.managed.answers(ALIAS)
        assert second.preview() == stack.preview() == []
        (summary,) = second.outputs().values()
        assert summary["url"] == f"http://{HOST}:{team.host_port}{PATH}"
        assert {own for own, _ in seen} == {True}
    finally:
        second.succeed("destroy", "--yes", "--skip-preview", "--remove")
    # The way back.
    assert team.own.answers(PATH)
    assert not team.managed.answers(PATH)
    assert stack.preview() == []


def test_a_stack_whose_cluster_changes_answers_at_one_of_both_all_the_time_and_so_on_its_way_back(
    team: Team,
) -> None:
    stack, before = team.stack, read_file(team.stack)
    change(stack, cluster=team.managed.cluster)
    after = read_file(stack)
    assert {key for key in before["config"] if before["config"][key] != after["config"][key]} == {
        "cards:cluster"
    }
    assert before.keys() == after.keys()
    told = stack.succeed("preview")
    assert "cards:cluster: the stack moves from https://" in told
    assert "everything is made there first" in told
    assert "pullSecret: has no effect on this cluster" in told
    with watching(PATH, team.own, team.managed) as seen:
        stack.up()
    assert seen[(False, False)] == 0, seen
    assert seen[(True, True)] > 0, seen
    assert not team.own.answers(PATH)
    assert team.managed.answers(PATH)
    assert team.managed.answers(ALIAS)
    assert NAMESPACE not in team.own.kubectl.namespaces()
    assert stack.preview() == []

    change(stack, cluster=team.own.cluster)
    with watching(PATH, team.managed, team.own) as seen:
        stack.up()
    assert seen[(False, False)] == 0, seen
    assert team.own.answers(PATH)
    assert team.own.answers(ALIAS)
    assert team.managed.kubectl.get("deployments", NAMESPACE) == []
    assert stack.preview() == []


def test_a_move_that_fails_halfway_leaves_the_old_cluster_serving_and_is_finished_by_the_next_update(
    team: Team,
) -> None:
    stack, saved = team.stack, read_file(team.stack)
    deployments = saved["config"]["cards:deployments"]
    failing = json.loads(json.dumps(deployments))
    failing[0]["versions"][0]["endpoints"]["answer"] = UNMET
    change(stack, cluster=team.managed.cluster, deployments=failing)
    assert "does not pass its smoke request" in stack.fail("up", "--yes", "--skip-preview")
    assert team.own.answers(PATH)
    assert team.own.answers(ALIAS)

    # Changed back, the engine would make anew what it then removes as left over.
    change(stack, cluster=team.own.cluster, deployments=deployments)
    told = stack.fail("preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert "has objects of the deployment already" in told
    assert "docs/moving.md" in told
    assert "Traceback" not in told
    change(stack, preflight="off")
    told = stack.fail("up", "--yes", "--skip-preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert "has objects of the deployment already" in told
    assert team.own.answers(PATH)

    change(stack, cluster=team.managed.cluster, preflight="enforce")
    with watching(ALIAS, team.own, team.managed) as seen:
        stack.up()
    assert seen[(False, False)] == 0, seen
    assert team.managed.answers(ALIAS)
    assert NAMESPACE not in team.own.kubectl.namespaces()
    assert stack.preview() == []
    change(stack, cluster=team.own.cluster)
    stack.up()
    assert team.own.answers(ALIAS)


def test_a_state_from_before_the_move_is_the_way_back_from_one_that_failed_halfway(team: Team) -> None:
    stack, builder = team.stack, read_file(team.stack)["config"]["cards:builder"]
    before, code = (stack.directory.parent / name for name in ("before.json", "project/answer.py"))
    stack.succeed("stack", "export", "--file", str(before))
    # Another image, which cannot be built: the move comes to the Service, and not to the workload.
    code.write_text(f"# Moved.\n{code.read_text()}")
    change(stack, cluster=team.managed.cluster, builder={"name": "nowhere"})
    stack.fail("up", "--yes", "--skip-preview")
    assert team.managed.kubectl.get("services", NAMESPACE)
    assert not team.managed.kubectl.get("deployments", NAMESPACE)
    code.write_text(code.read_text().removeprefix("# Moved.\n"))
    change(stack, cluster=team.own.cluster, builder=builder)
    assert "has objects of the deployment already" in stack.fail("preview")

    stack.succeed("stack", "import", "--file", str(before))
    assert stack.preview() == []
    assert team.own.answers(ALIAS)
    # What the move had made is nobody's now, and in the way of another try until it is removed.
    change(stack, cluster=team.managed.cluster)
    assert "has objects of the deployment already" in stack.fail("preview")
    kinds = "deployments,services,ingresses,horizontalpodautoscalers,poddisruptionbudgets,secrets"
    label = "app.kubernetes.io/managed-by=pulumi,valohai.com/endpoint"
    team.managed.kubectl.run("delete", kinds, "--namespace", NAMESPACE, "--selector", label)
    assert count_types(stack.preview())["replace", "kubernetes:apps/v1:Deployment"] == 1
    change(stack, cluster=team.own.cluster)
    assert stack.preview() == []


def test_a_stack_moves_away_from_a_cluster_that_is_gone(team: Team, cluster: Cluster) -> None:
    stack = team.stack
    cluster.succeed("down")
    change(stack, cluster=team.managed.cluster)
    told = stack.fail("up", "--yes", "--skip-preview")
    assert "PULUMI_K8S_DELETE_UNREACHABLE=true" in told
    assert team.managed.answers(ALIAS)
    stack.succeed("up", "--yes", "--skip-preview", PULUMI_K8S_DELETE_UNREACHABLE="true")
    assert team.managed.answers(ALIAS)
    # The provider's settings alone were others for that one update.
    assert {step.type for step in stack.preview()} == {"pulumi:providers:kubernetes"}
    stack.up()
    assert stack.preview() == []
