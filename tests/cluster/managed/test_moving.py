"""A team moves from a cluster of its own to a managed one: of its stack file `cluster` alone changes."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from tests.cluster.deployments.certificate import HostCertificate
from tests.cluster.deployments.https_gateway import https_gateway
from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.stack import Stack, count_types
from tests.cluster.localcluster.conftest import cluster as cluster
from tests.cluster.localcluster.conftest import tools_are_built as tools_are_built
from tests.cluster.managed.conftest import at_once
from tests.cluster.managed.moving import (
    HOST,
    SECRET,
    UNMET,
    beside,
    change,
    configuration,
    own_place,
    read_file,
    set_passwords,
    stack_file,
    watching,
)
from tests.cluster.managed.moving_team import Team
from tests.cluster.managed.moving_team import certificate as certificate
from tests.cluster.managed.moving_team import certificate_at_both as certificate_at_both
from tests.cluster.managed.moving_team import deployed as deployed
from tests.cluster.managed.moving_team import registry as registry
from tests.cluster.managed.moving_team import settings as settings
from tests.cluster.managed.moving_team import team as team

pytestmark = pytest.mark.cluster

ORGANIZATION = "moving"
ROUTED = "moving-routed"
"""The organization of the stack that routes by a Gateway, and what that is called."""


@pytest.fixture(scope="module")
def routed(
    deployed: Team,
    registry: str,
    certificate: HostCertificate,
    connection: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    in_the_background: Callable[[Callable[[], object]], None],
) -> Iterator[Stack]:
    """Deploy the same to the team's own cluster, for another organization, by a Gateway that ends HTTPS."""
    kubectl = deployed.own.kubectl
    kubectl.apply(*https_gateway(kubectl, deployed.own.connection, certificate, ROUTED, ROUTED))
    stack = Stack(tmp_path_factory.mktemp("routed") / "cards", project="cards")
    project = deployed.stack.directory.parent / "project"
    gateway = {"name": ROUTED, "namespace": ROUTED, "listener": "https"}
    routing = {"kind": "gateway", "gateway": gateway, "host": HOST, "scheme": "https"}
    stack.configure(**stack_file(ROUTED, deployed.own, connection, registry, project) | {"routing": routing})
    set_passwords(stack)
    afterwards = ExitStack()
    afterwards.callback(own_place(connection).kubectl.run, "delete", "ns", ROUTED, "--ignore-not-found")
    afterwards.callback(stack.destroy)
    try:
        stack.up()
        yield stack
    finally:
        in_the_background(afterwards.close)


def test_a_second_stack_with_another_cluster_serves_beside_the_first_one(team: Team) -> None:
    stack = team.stack
    assert team.own.answers(team.path)
    assert not team.managed.answers(team.path)
    second = beside(stack, "managed")
    change(second, cluster=team.managed.cluster)
    try:
        first, other = at_once([partial(configuration, of) for of in (stack, second)])
        differing = {key for key in {*first, *other} if first.get(key) != other.get(key)}
        assert differing == {"cards:cluster"}
        with watching(team.path, team.own, team.managed) as seen:
            second.up()
        # The update ends as soon as a pod is ready; the router reads of it a moment later.
        for path in (team.path, team.alias):
            wait_until(partial(team.managed.answers, path), 20, f"{path} answers on the managed cluster")
        assert at_once([second.preview, stack.preview]) == [[], []]
        (summary,) = second.outputs().values()
        assert summary["url"] == f"https://{HOST}:{team.https_port}{team.path}"
        assert {own for own, _ in seen} == {True}
    finally:
        second.succeed("destroy", "--yes", "--skip-preview", "--remove")
    # The way back.
    assert team.own.answers(team.path)
    assert not team.managed.answers(team.path)
    assert stack.preview() == []


def test_a_stack_whose_cluster_changes_answers_at_one_of_both_all_the_time_and_so_on_its_way_back(
    team: Team, certificate: HostCertificate
) -> None:
    stack, before = team.stack, read_file(team.stack)
    assert team.own.answers_by(certificate, team.path)
    change(stack, cluster=team.managed.cluster)
    after = read_file(stack)
    assert {key for key in before["config"] if before["config"][key] != after["config"][key]} == {
        "cards:cluster"
    }
    assert before.keys() == after.keys()
    refused = stack.fail("preview")
    assert f"routing.tls.secretName: the namespace {team.namespace} has no TLS Secret {SECRET}" in refused
    team.managed.kubectl.apply(certificate.secret(SECRET, team.namespace))
    told = stack.succeed("preview")
    assert "cards:cluster: the stack moves from https://" in told
    assert "everything is created there first" in told
    assert "pullSecret: has no effect on this cluster" in told
    with watching(team.path, team.own, team.managed) as seen:
        stack.up()
    assert seen[(False, False)] == 0, seen
    assert seen[(True, True)] > 0, seen
    assert not team.own.answers(team.path)
    assert team.managed.answers(team.path)
    assert team.managed.answers(team.alias)
    assert team.managed.answers_by(certificate, team.path)
    assert team.managed.answers_by(certificate, team.alias)
    assert team.namespace not in team.own.kubectl.namespaces()
    assert stack.preview() == []

    change(stack, cluster=team.own.cluster)
    with watching(team.path, team.managed, team.own) as seen:
        stack.up()
    assert seen[(False, False)] == 0, seen
    assert team.own.answers(team.path)
    assert team.own.answers(team.alias)
    assert team.managed.kubectl.get("deployments", team.namespace) == []
    assert stack.preview() == []


@pytest.mark.usefixtures("certificate_at_both")
def test_a_move_that_fails_halfway_leaves_the_old_cluster_serving_and_is_finished_by_the_next_update(
    team: Team,
) -> None:
    stack, saved = team.stack, read_file(team.stack)
    deployments = saved["config"]["cards:deployments"]
    failing = json.loads(json.dumps(deployments))
    failing[0]["versions"][0]["endpoints"]["answer"] = UNMET
    change(stack, cluster=team.managed.cluster, deployments=failing)
    assert "failed its smoke request" in stack.fail("up", "--yes", "--skip-preview")
    assert team.own.answers(team.path)
    assert team.own.answers(team.alias)

    # Changed back, the engine would make anew what it then removes as left over.
    change(stack, cluster=team.own.cluster, deployments=deployments)
    told = stack.fail("preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert "already has objects of the deployment" in told
    assert "docs/moving.md" in told
    assert "Traceback" not in told
    change(stack, preflight="off")
    told = stack.fail("up", "--yes", "--skip-preview", PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert "already has objects of the deployment" in told
    assert team.own.answers(team.path)

    change(stack, cluster=team.managed.cluster, preflight="enforce")
    with watching(team.alias, team.own, team.managed) as seen:
        stack.up()
    assert seen[(False, False)] == 0, seen
    assert team.managed.answers(team.alias)
    assert team.namespace not in team.own.kubectl.namespaces()
    assert stack.preview() == []
    change(stack, cluster=team.own.cluster)
    stack.up()
    assert team.own.answers(team.alias)


@pytest.mark.usefixtures("certificate_at_both")
def test_a_state_from_before_the_move_is_the_way_back_from_one_that_failed_halfway(
    team: Team,
) -> None:
    stack, builder = team.stack, read_file(team.stack)["config"]["cards:builder"]
    before, code = (stack.directory.parent / name for name in ("before.json", "project/answer.py"))
    stack.succeed("stack", "export", "--file", str(before))
    # Another image, which cannot be built: the move comes to the Service, and not to the workload.
    code.write_text(f"# Moved.\n{code.read_text()}")
    change(stack, cluster=team.managed.cluster, builder={"name": "nowhere"})
    stack.fail("up", "--yes", "--skip-preview")
    assert team.managed.kubectl.get("services", team.namespace)
    assert not team.managed.kubectl.get("deployments", team.namespace)
    code.write_text(code.read_text().removeprefix("# Moved.\n"))
    change(stack, cluster=team.own.cluster, builder=builder)
    assert "already has objects of the deployment" in stack.fail("preview")

    stack.succeed("stack", "import", "--file", str(before))
    assert stack.preview() == []
    assert team.own.answers(team.alias)
    # What the move had made is nobody's now, and in the way of another try until it is removed.
    change(stack, cluster=team.managed.cluster)
    assert "already has objects of the deployment" in stack.fail("preview")
    kinds = "deployments,services,ingresses,horizontalpodautoscalers,poddisruptionbudgets,secrets"
    label = "app.kubernetes.io/managed-by=pulumi,valohai.com/endpoint"
    team.managed.kubectl.run("delete", kinds, "--namespace", team.namespace, "--selector", label)
    assert count_types(stack.preview())["replace", "kubernetes:apps/v1:Deployment"] == 1
    change(stack, cluster=team.own.cluster)
    assert stack.preview() == []


def test_a_stack_with_a_gateway_moves_to_where_one_of_that_name_is(
    routed: Stack, team: Team, certificate: HostCertificate, connection: dict[str, Any]
) -> None:
    other = own_place(connection)
    path = team.path.replace(ORGANIZATION, ROUTED)
    assert team.own.answers_by(certificate, path)
    change(routed, cluster=other.cluster)
    assert f"the cluster has no Gateway {ROUTED} in the namespace {ROUTED}" in routed.fail("preview")
    other.kubectl.apply(*https_gateway(other.kubectl, connection, certificate, ROUTED, ROUTED))
    routed.up()
    # A Gateway accepts a route, and then its router serves it.
    wait_until(partial(other.answers_by, certificate, path), 30, "the other cluster answers")
    assert other.answers_by(certificate, team.alias.replace(ORGANIZATION, ROUTED))
    assert not team.own.answers_by(certificate, path)
    assert f"{ROUTED}-cards-production" not in team.own.kubectl.namespaces()
    assert json.loads(team.own.kubectl.run("get", "httproutes", "-A", "-o", "json"))["items"] == []
    assert routed.preview() == []
