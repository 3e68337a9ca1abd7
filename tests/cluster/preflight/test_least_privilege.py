"""A stack from its first preview to its end, by an account with the documented Role and no other right."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import own_cluster, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack, count_types
from tests.cluster.preflight.cluster_objects import documented, kubeconfig_of_account, present

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-privilege-production"
OLD, NEW = "20261101.0", "20261102.0"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"

MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        wsgi: greet
    """
APPLICATION = """
    import os

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{os.environ['VERSION']} {len(os.environ['KEY'])}".encode()]
    """


@pytest.fixture(scope="module")
def kubeconfig(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("privilege")
    with present(kubectl, *documented("deployer.yaml", NAMESPACE)):
        yield kubeconfig_of_account(kubectl, "deployer", NAMESPACE, directory / "config")


@pytest.fixture(scope="module")
def stack(kubeconfig: Path, new_stack: Callable[[str], Stack]) -> Stack:  # noqa: ARG001 - outlives the stack
    return new_stack("privilege")


def settings(connection: dict[str, Any], project: Path, latest: str) -> dict[str, Any]:
    replicas = {"replicas": {"min": 2, "max": 3}}
    versions = [
        {"name": name, "environment": {"VERSION": name}, "endpoints": {"greet": replicas}}
        for name in (OLD, NEW)
    ]
    return {
        **own_cluster(connection, {"kind": "ingress", "ingressClass": "traefik"}),
        "cluster": {
            "kind": "user",
            "context": "deployer",
            "namespaces": "existing",
            "kubeconfig": {"secret": "cluster"},
        },
        "deployments": [
            {
                "project": "privilege",
                "name": "production",
                "source": str(project),
                "aliases": {"latest": latest},
                "environment": {"KEY": {"secret": "key"}},
                "versions": versions,
            }
        ],
    }


def test_the_documented_role_is_enough_for_preview_update_alias_move_refresh_and_destroy(
    stack: Stack,
    connection: dict[str, Any],
    kubectl: Kubectl,
    kubeconfig: Path,
    tmp_path: Path,
) -> None:
    project = write_project(tmp_path / "project", MANIFEST, greet__py=APPLICATION)

    def configure(latest: str) -> None:
        stack.configure(**settings(connection, project, latest))
        stack.set_secret("cluster", kubeconfig.read_text())
        stack.set_secret("key", "four")

    configure(OLD)
    shown = stack.succeed("preview")
    assert "cluster deployer, https://" in shown
    assert "not checked, since the account may not see it: ingress classes, " in shown.replace(";", ",")
    assert {step.operation for step in stack.preview()} == {"create"}
    stack.up()
    assert stack.preview() == []

    path = stack.outputs("aliases")["trial/privilege/production/latest/greet"]["url"]
    url = connection["router"]["url"] + path
    wait_until(lambda: request(url).body == f"{OLD} 4", 30, "the alias leads to the old version")
    configure(NEW)
    assert count_types(stack.preview()) == Counter({("update", INGRESS): 1})
    stack.up()
    wait_until(lambda: request(url).body == f"{NEW} 4", 30, "the alias leads to the new version")

    token = json.dumps(kubeconfig.read_text().split("token: ")[1].split()[0])[1:-1]
    assert token not in stack.written()
    stack.succeed("refresh", "--yes", "--skip-preview")
    stack.destroy()
    assert kubectl.get("deployments,services,ingresses,secrets", NAMESPACE) == []
    assert NAMESPACE in kubectl.namespaces()
