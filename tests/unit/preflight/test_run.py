"""What is asked of a cluster, and refused, where a stack's `preflight` is not `enforce`."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from endpoints.cluster.api import Answer, Api, Object
from endpoints.errors import ProjectError
from endpoints.preflight import examine, run
from endpoints.target import Move
from tests.unit.preflight.conftest import NAMESPACE, MakeIntent

WORKLOADS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
MOVE = Move(("https://old.example:6443",), frozenset({"1"}))


class Cluster(Api):
    """Has one workload, and remembers what it was asked for."""

    def __init__(self, uid: str) -> None:
        labels = {"app.kubernetes.io/managed-by": "pulumi"}
        metadata = {"name": "greet-1", "uid": uid, "labels": labels}
        self.workload = {"metadata": metadata, "spec": {"template": {"spec": {}}}}
        self.asked: set[str] = set()

    def get(self, path: str, accept: str = "application/json") -> Answer:
        del accept
        self.asked.add(path)
        found: dict[str, Object] = {
            "/version": {"major": "1", "minor": "34"},
            WORKLOADS: {"items": [self.workload]},
        }
        return Answer(200, found[path]) if path in found else Answer(404)

    def post(self, path: str, body: Any) -> Answer:
        del path, body
        return Answer(404)


def look(
    intend: MakeIntent,
    monkeypatch: pytest.MonkeyPatch,
    cluster: Cluster,
    preflight: str,
    *,
    move: Move | None = MOVE,
    is_update: bool = True,
) -> None:
    monkeypatch.setattr(run, "open_connection", lambda *_: nullcontext())
    monkeypatch.setattr(run, "Api", lambda _: cluster)
    intent = intend(preflight=preflight)
    target = replace(intent.target, move=move)
    examine(intent.settings, intent.plan, target, Path(), {}, is_update=is_update)


@pytest.mark.parametrize(("move", "is_update"), [(None, True), (None, False), (MOVE, False)])
def test_without_a_preflight_nothing_is_asked_but_by_the_update_of_a_stack_that_moves(
    intend: MakeIntent, monkeypatch: pytest.MonkeyPatch, move: Move | None, is_update: bool
) -> None:
    cluster = Cluster("2")
    look(intend, monkeypatch, cluster, "off", move=move, is_update=is_update)
    assert cluster.asked == set()


def test_an_update_of_a_stack_that_moves_looks_for_what_is_in_the_way_and_for_nothing_else(
    intend: MakeIntent, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster("1")
    look(intend, monkeypatch, cluster, "off")
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    assert cluster.asked == {"/version", namespace, f"{namespace}/services", WORKLOADS}


@pytest.mark.parametrize("preflight", ["advise", "off"])
def test_what_is_in_the_way_of_a_move_is_an_error_whatever_is_made_of_others(
    intend: MakeIntent, monkeypatch: pytest.MonkeyPatch, preflight: str
) -> None:
    with pytest.raises(ProjectError, match="already has objects of the deployment: greet-1;") as refused:
        look(intend, monkeypatch, Cluster("2"), preflight)
    assert len(refused.value.problems) == 1


def test_a_kubeconfig_that_does_not_let_in_is_told_at_the_stacks_cluster(
    intend: MakeIntent, tmp_path: Path
) -> None:
    intent = intend()
    program = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/missing/login"}
    with (tmp_path / "config").open("a") as file:
        yaml.safe_dump({"users": [{"name": "u", "user": {"exec": program}}]}, file)
    with pytest.raises(ProjectError) as raised:
        examine(intent.settings, intent.plan, intent.target, tmp_path, {})
    (problem,) = raised.value.problems
    assert str(problem).endswith(
        "endpoints:cluster: the API server https://prod.example:6443 of the context prod cannot be "
        "used: the kubeconfig's login program /missing/login gives no credentials: process returned "
        "1. it cannot be run: No such file or directory; try `kubectl --kubeconfig config --context "
        "prod version`"
    )
