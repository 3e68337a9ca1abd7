"""A team that is about to move: set up at both places, and deployed to its own cluster."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cluster.deployments.certificate import HostCertificate, host_certificate
from tests.cluster.deployments.private_registry import PASSWORD, USER, private_registry
from tests.cluster.deployments.projects import write_project
from tests.cluster.deployments.stack import Stack
from tests.cluster.localcluster.cluster import Cluster
from tests.cluster.managed.conftest import APPLICATION, MANIFEST, at_once, managing_settings
from tests.cluster.managed.managing_stack import ManagingStack
from tests.cluster.managed.moving import (
    HOST,
    SECRET,
    Place,
    managed_place,
    own_place,
    read_file,
    set_passwords,
    stack_file,
    team_of,
)


@dataclass(frozen=True)
class Team:
    """The team's stack, which is on its own cluster whenever a test begins, and the places it may be at."""

    organization: str
    stack: Stack
    own: Place
    managed: Place

    @property
    def https_port(self) -> str:
        """The port of the managed cluster's router for HTTPS, which its URLs name."""
        return str(self.managed.connection["router"]["httpsAddress"]).rpartition(":")[2]

    @property
    def namespace(self) -> str:
        """The namespace of the deployment, at either place."""
        return f"{self.organization}-cards-production"

    @property
    def path(self) -> str:
        """The endpoint's path."""
        return f"/{self.organization}/cards/production/20261101.0/answer"

    @property
    def alias(self) -> str:
        """The path of the alias, which leads to the endpoint."""
        return f"/{self.organization}/cards/production/latest/answer"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> HostCertificate:
    return host_certificate(HOST, tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def registry(
    cluster: Cluster, connection: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Start a cluster for the team alone, and a registry that its node and that of all tests pull from."""
    cluster.succeed("up")
    directory = tmp_path_factory.mktemp("registry")
    with private_registry(directory, connection, cluster.connection()) as private:
        yield f"{private.address}/ml/cards"


@pytest.fixture(scope="module")
def deployed(
    cluster: Cluster,
    registry: str,
    connection: dict[str, Any],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    in_the_background: Callable[[Callable[[], object]], None],
) -> Iterator[Team]:
    """Have the team set up on the cluster that all tests share, and deploy to its own.

    The file of tests names the team's organization as ORGANIZATION, so that files can run beside each other.
    """
    organization: str = request.module.ORGANIZATION
    directory = tmp_path_factory.mktemp("moving")
    own = own_place(cluster.connection())
    managing = ManagingStack(directory / "managing", organization)
    granted = team_of(organization, hosts=[HOST], registry={"repository": registry, "username": USER})
    managing.configure(**managing_settings(organization, teams=[granted]))
    path = "managed:teams[0].registry.password"
    managing.succeed("config", "set", "--secret", "--path", path, standard_input=PASSWORD)
    stack = Stack(directory / "cards", managing.state_directory, project="cards")
    project = write_project(directory / "project", MANIFEST, answer__py=APPLICATION)
    stack.configure(**stack_file(organization, own, connection, registry, project))
    set_passwords(stack)
    try:
        at_once([managing.up, stack.up])
        yield Team(organization, stack, own, managed_place(managing, connection))
    finally:
        # What the team has goes with its own cluster, or with its namespace on the managed one.
        in_the_background(managing.destroy)


@pytest.fixture(scope="module")
def settings(deployed: Team) -> dict[str, Any]:
    """Return the settings with which the stack is deployed."""
    found = read_file(deployed.stack)["config"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def team(deployed: Team, settings: dict[str, Any], certificate: HostCertificate) -> Team:
    """Have the stack where every test finds and leaves it: at home, with its certificate there alone."""
    if not settings.items() <= read_file(deployed.stack)["config"].items():
        pytest.fail("a test that failed before has left the team's stack on its way; run this one alone")
    # A move makes the namespace anew, without what the stack does not make.
    deployed.own.kubectl.apply(certificate.secret(SECRET, deployed.namespace))
    deployed.managed.kubectl.delete(certificate.secret(SECRET, deployed.namespace))
    return deployed


@pytest.fixture
def certificate_at_both(team: Team, certificate: HostCertificate) -> None:
    """Have the certificate on the managed cluster too, without which the stack would not move there."""
    team.managed.kubectl.apply(certificate.secret(SECRET, team.namespace))
