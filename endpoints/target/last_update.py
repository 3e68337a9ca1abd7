"""What a stack's last update left, as far as the choice of its cluster has to do with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from endpoints.errors import ProjectError
from endpoints.image.docker_login import PULL_SECRET_TYPE
from endpoints.target import Move, Target
from endpoints.target.engine import stack_resources

_PROVIDER = "pulumi:providers:kubernetes"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_SECRET = "kubernetes:core/v1:Secret"


@dataclass(frozen=True)
class LastUpdate:
    """What the state holds, however the update ended.

    `servers` are the API servers that have objects of the stack: one, or several where a move from one
    cluster to another has ended halfway. `namespaces` are those that the stack has made, by name with the uid
    that the API server gave them, and `uids` those of everything. `pull_secrets` are the Secrets made of a
    registry's credentials, each as namespace and name.
    """

    servers: frozenset[str] = frozenset()
    namespaces: Mapping[str, str | None] = field(default_factory=dict)
    uids: frozenset[str] = frozenset()
    pull_secrets: frozenset[tuple[str, str]] = frozenset()

    def move_to(self, target: Target) -> Move | None:
        """Return where from the stack moves to the target, None where it is there already or nowhere yet."""
        others = sorted(self.servers - {target.cluster.server})
        return Move(tuple(others), self.uids) if others else None

    def handed_over(
        self, namespaces: Iterable[str], target: Target, seen: Mapping[str, str | None]
    ) -> Iterator[str]:
        """Yield namespaces that the stack created and that another owner manages from now on.

        `namespaces` are those of the stack's deployments. `seen` are uids of namespaces that the target has,
        as far as they may be seen. One with another uid is not the stack's own, which then is on the cluster
        that a move began at and which it has not left yet.
        In doubt the stack hands the namespace over: a remaining namespace does no harm, and a deleted one
        takes all in it with it.
        """
        if target.makes_namespaces or target.cluster.server not in self.servers:
            return
        for name in namespaces:
            if name in self.namespaces and seen.get(name) in (None, self.namespaces[name]):
                yield name


def advice_on_move(move: Move, target: Target) -> str:
    """Return what becomes of the endpoints in a move to the target."""
    before = " and ".join(move.servers)
    return (
        f"the stack moves from {before} to {target.cluster.server}: everything is created there "
        f"first, and is removed from {before} once all of it is ready; after that, {before} serves "
        "nothing. With a second stack, both clusters serve until you remove one: docs/moving.md"
    )


def last_update(stack: str) -> LastUpdate:
    """Return what there is of the stack; a state that cannot be read keeps nothing from being deployed."""
    try:
        return read_last_update(stack_resources(stack))
    except ProjectError as error:
        pulumi.log.info(f"could not check whether the stack moves from another cluster: {error}")
        return LastUpdate()


def read_last_update(resources: Mapping[str, Mapping[str, Any]]) -> LastUpdate:
    """Return what the stack's resources tell: by URN their `type` and `outputs`."""
    servers, namespaces, uids, pull_secrets = set(), {}, set(), set()
    for resource in resources.values():
        outputs = resource.get("outputs") or {}
        metadata = outputs.get("metadata") or {}
        if "uid" in metadata:
            uids.add(str(metadata["uid"]))
        if resource["type"] == _PROVIDER and "clusterIdentifier" in outputs:
            servers.add(str(outputs["clusterIdentifier"]))
        elif resource["type"] == _NAMESPACE:
            namespaces[str(metadata.get("name"))] = metadata.get("uid")
        elif resource["type"] == _SECRET and outputs.get("type") == PULL_SECRET_TYPE:
            pull_secrets.add((str(metadata.get("namespace")), str(metadata.get("name"))))
    return LastUpdate(frozenset(servers), namespaces, frozenset(uids), frozenset(pull_secrets))
