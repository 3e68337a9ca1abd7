"""A cluster that two teams share: `cards` and `offers`, each deployed with credentials of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack
from tests.cluster.managed.managing_stack import FULL_NAME, ManagingStack

ORGANIZATION = "shared"
OFFERS_HOST = "offers.example"

MANIFEST = """
    - endpoint:
        name: answer
        image: python:3.11-slim
        wsgi: answer
        resources: {cpu: {min: 0.1, max: 1}, memory: {min: 64, max: 128}}
    """
APPLICATION = """
    import os
    import socket

    def application(environ, start_response):
        # With an address behind the question mark: whether the pod can connect to it.
        host, _, port = environ["QUERY_STRING"].rpartition(":")
        answer = os.environ["TEAM"]
        if host:
            try:
                socket.create_connection((host, int(port)), timeout=3).close()
                answer = "connected"
            except OSError as error:
                answer = type(error).__name__
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [answer.encode()]
    """


@dataclass(frozen=True)
class TeamOnCluster:
    """A team's stack, its namespace, and kubectl with the team's credentials."""

    name: str
    stack: Stack
    namespace: str
    kubectl: Kubectl


@dataclass(frozen=True)
class SharedCluster:
    managing: ManagingStack
    cards: TeamOnCluster
    offers: TeamOnCluster


@pytest.fixture(scope="session")
def kubectl(connection: dict[str, Any]) -> Kubectl:
    """kubectl as the administrator."""
    return Kubectl(Path(connection["kubeconfig"]))


@pytest.fixture(scope="package")
def shared(
    connection: dict[str, Any],  # noqa: ARG001 - skips where no cluster runs
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SharedCluster]:
    """Set the cluster up and deploy both teams' endpoints; everything is removed in the end."""
    directory = tmp_path_factory.mktemp("shared")
    managing = ManagingStack(directory / "managing")
    teams: list[TeamOnCluster] = []
    try:
        managing.configure(**managing_settings())
        managing.up()
        for name in ("cards", "offers"):
            teams.append(_team(managing, directory, name))
            teams[-1].stack.up()
        yield SharedCluster(managing, *teams)
    finally:
        for team in teams:
            team.stack.destroy()
        managing.destroy()


def managing_settings(**changes: Any) -> dict[str, Any]:
    quota = {
        "requests": {"cpu": 1, "memory": "1Gi"},
        "limits": {"cpu": 4, "memory": "2Gi"},
        "pods": 4,
    }
    container = {"max": {"cpu": 1, "memory": "512Mi"}, "limits": {"cpu": 1, "memory": "256Mi"}}
    return {
        "cluster": {"kind": "embedded"},
        "limits": {"replicas": {"default": {"max": 2}, "max": 3}, "quota": quota, "container": container},
        "teams": [
            {
                "name": "cards",
                "organization": ORGANIZATION,
                "deployments": [{"project": "cards", "name": "production"}],
            },
            {
                "name": "offers",
                "organization": ORGANIZATION,
                "deployments": [{"project": "offers", "name": "production"}],
                "hosts": [OFFERS_HOST],
            },
        ],
    } | changes


def team_settings(name: str, project: Path, **endpoint: Any) -> dict[str, Any]:
    environment = {"TEAM": name, "PASSWORD": {"secret": "password"}}
    return {
        "organization": ORGANIZATION,
        "cluster": {"kind": "managed", "stack": FULL_NAME, "team": name},
        "deployments": [deployment(name, project, answer={"environment": environment, **endpoint})],
    }


def _team(managing: ManagingStack, directory: Path, name: str) -> TeamOnCluster:
    grant = managing.grant(name)
    kubeconfig = directory / f"{name}.kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(grant["access"]["kubeconfig"])
    project = write_project(directory / f"{name}-project", MANIFEST, answer__py=APPLICATION)
    stack = Stack(directory / name, managing.state_directory, project=name)
    # The team has nothing but what the managing stack grants it.
    del stack.environment["KUBECONFIG"]
    stack.configure(**team_settings(name, project))
    stack.set_secret("password", f"hush-{name}")
    return TeamOnCluster(name, stack, grant["deployments"][f"{name}/production"], Kubectl(kubeconfig))
