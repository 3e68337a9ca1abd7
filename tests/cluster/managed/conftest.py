"""A cluster that two teams share: `cards` and `offers`, each deployed with credentials of its own.

Every file of tests has an organization and a managing stack of its own, both called by the file's
ORGANIZATION, so that files can run beside each other.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack
from tests.cluster.managed.managing_stack import ManagingStack

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


@pytest.fixture(scope="module")
def managing(
    connection: dict[str, Any],  # noqa: ARG001 - skips where no cluster runs
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ManagingStack]:
    """Set the cluster up for both teams; what it takes is removed in the end."""
    organization = request.module.ORGANIZATION
    managing = ManagingStack(tmp_path_factory.mktemp("managing") / "program", organization)
    managing.configure(**managing_settings(organization))
    with ExitStack() as afterwards:
        afterwards.callback(managing.destroy)
        managing.up()
        yield managing


@pytest.fixture(scope="module")
def shared(managing: ManagingStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCluster]:
    """Deploy both teams' endpoints; each is removed in the end, even where removing the other fails."""
    directory = tmp_path_factory.mktemp("teams")
    teams = [team_on_cluster(managing, directory, name) for name in ("cards", "offers")]
    with ExitStack() as afterwards:
        afterwards.callback(at_once, [team.stack.destroy for team in teams])
        at_once([team.stack.up for team in teams])
        yield SharedCluster(managing, *teams)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return what all calls return, which wait most of the time; the first failure when all have ended."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [made.result() for made in [threads.submit(call) for call in calls]]


def managing_settings(organization: str, **changes: Any) -> dict[str, Any]:
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
                "organization": organization,
                "deployments": [{"project": "cards", "name": "production"}],
            },
            {
                "name": "offers",
                "organization": organization,
                "deployments": [{"project": "offers", "name": "production"}],
                "hosts": [OFFERS_HOST],
            },
        ],
    } | changes


def team_settings(managing: ManagingStack, name: str, project: Path, **endpoint: Any) -> dict[str, Any]:
    environment = {"TEAM": name, "PASSWORD": {"secret": "password"}}
    return {
        "organization": managing.name,
        "cluster": {"kind": "managed", "stack": managing.full_name, "team": name},
        "deployments": [deployment(name, project, answer={"environment": environment, **endpoint})],
    }


def team_on_cluster(managing: ManagingStack, directory: Path, name: str) -> TeamOnCluster:
    """Return a team whose stack is ready to be deployed."""
    grant = managing.grant(name)
    kubeconfig = directory / f"{name}.kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(grant["access"]["kubeconfig"])
    project = write_project(directory / f"{name}-project", MANIFEST, answer__py=APPLICATION)
    stack = Stack(directory / name, managing.state_directory, project=name)
    # The team has nothing but what the managing stack grants it.
    del stack.environment["KUBECONFIG"]
    stack.configure(**team_settings(managing, name, project))
    stack.set_secret("password", f"hush-{name}")
    return TeamOnCluster(name, stack, grant["deployments"][f"{name}/production"], Kubectl(kubeconfig))
