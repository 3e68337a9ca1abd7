"""A team with a cluster of its own and a place on a managed one, and a registry that both pull from."""

import copy
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import yaml

from tests.cluster.deployments.certificate import HostCertificate
from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.private_registry import PASSWORD, USER
from tests.cluster.deployments.projects import deployment, own_cluster
from tests.cluster.deployments.requests import https_request, request
from tests.cluster.deployments.stack import Stack
from tests.cluster.managed.managing_stack import ManagingStack

HOST = "models.example"
SECRET = "models-tls"
QUICK = {"preStopSeconds": 1, "gracePeriodSeconds": 10}
"""For pods that end in each test, some several times."""
UNMET = {
    "environment": {"TEAM": "cards"},
    "shutdown": QUICK,
    "smokeRequest": {"status": 418, "via": "pod", "retrySeconds": 0},
}
"""Settings of an endpoint that becomes ready and failed its smoke request."""


@dataclass(frozen=True)
class Place:
    """A cluster: what a team's stack file says of it, its router, and kubectl as an administrator."""

    cluster: dict[str, Any]
    connection: dict[str, Any]
    kubectl: Kubectl

    @property
    def router(self) -> str:
        """The URL of the router, without TLS."""
        return str(self.connection["router"]["url"])

    def answers(self, path: str) -> bool:
        """Tell whether the team's endpoint answers here, at its host."""
        return request(f"{self.router}{path}", headers={"Host": HOST}).body == "cards"

    def answers_by(self, certificate: HostCertificate, path: str) -> bool:
        """Tell whether it answers over HTTPS, by the certificate alone."""
        address = self.connection["router"]["httpsAddress"]
        try:
            return https_request(address, HOST, path, certificate.authority).body == "cards"
        except OSError:
            return False


def own_place(connection: dict[str, Any]) -> Place:
    """Return a cluster of the team's own."""
    chosen = {name: connection[name] for name in ("kubeconfig", "context")}
    return Place({"kind": "user", **chosen}, connection, Kubectl(Path(chosen["kubeconfig"])))


def managed_place(managing: ManagingStack, connection: dict[str, Any]) -> Place:
    """Return the team's place on the managed cluster."""
    cluster = {"kind": "managed", "stack": managing.full_name, "team": "cards"}
    return Place(cluster, connection, Kubectl(Path(connection["kubeconfig"])))


def team_of(organization: str, **granted: Any) -> dict[str, Any]:
    """Return the managing stack's settings of the team."""
    deployments = [{"project": "cards", "name": "production"}]
    return {"name": "cards", "organization": organization, "deployments": deployments, **granted}


def stack_file(
    organization: str, place: Place, connection: dict[str, Any], registry: str, project: Path
) -> dict[str, Any]:
    """Return what a team's stack file has in it on a cluster of its own, but for its passwords."""
    credentials = {"kind": "credentials", "username": USER}
    cards = deployment("cards", project, answer={"environment": {"TEAM": "cards"}, "shutdown": QUICK})
    routing = {
        "kind": "ingress",
        "ingressClass": connection["router"]["ingressClass"],
        "host": HOST,
        "tls": {"secretName": SECRET},
    }
    return own_cluster(connection, routing) | {
        "organization": organization,
        "cluster": place.cluster,
        "registry": {"repository": registry, "username": USER, "pullSecret": credentials},
        "deployments": [cards | {"aliases": {"latest": "20261101.0"}}],
    }


def set_passwords(stack: Stack) -> None:
    """Encrypt the passwords that the stack file has in it."""
    for key in ("registry.password", "registry.pullSecret.password"):
        path = f"{stack.project}:{key}"
        stack.succeed("config", "set", "--secret", "--path", path, standard_input=PASSWORD)


def read_file(stack: Stack) -> dict[str, Any]:
    """Return the stack file as it is on the disk."""
    found = yaml.safe_load((stack.directory / f"stacks/Pulumi.{stack.name}.yaml").read_text())
    assert isinstance(found, dict)
    return found


def configuration(stack: Stack) -> dict[str, Any]:
    """Return the stack's configuration as the engine reads it, secrets in plain."""
    found = json.loads(stack.succeed("config", "--json", "--show-secrets"))
    assert isinstance(found, dict)
    return found


def change(stack: Stack, **settings: Any) -> None:
    """Change settings of the stack file, and nothing else in it."""
    document = read_file(stack)
    document["config"] |= {f"{stack.project}:{key}": value for key, value in settings.items()}
    file = stack.directory / f"stacks/Pulumi.{stack.name}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))


def beside(stack: Stack, name: str) -> Stack:
    """Begin a second stack with a copy of the first one's file, as docs/moving.md says."""
    second = copy.copy(stack)
    second.name = name
    second.succeed("stack", "init", name, "--copy-config-from", stack.name)
    return second


@contextmanager
def watching(path: str, *places: Place) -> Iterator[Counter[tuple[bool, ...]]]:
    """Count until the block ends at which of the places the endpoint answers at the same moment."""
    seen: Counter[tuple[bool, ...]] = Counter()
    ended = Event()

    def watch() -> None:
        while not ended.wait(0.05):
            # What stops answering between two requests must not count: the new place is asked last.
            seen[tuple(place.answers(path) for place in places)] += 1

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join(timeout=60)
