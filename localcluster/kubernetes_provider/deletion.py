"""Deleting objects (`Delete` in provider.go, `Deletion` in await/await.go, await/condition/deleted.go)."""

import asyncio
import time
from typing import Final

from endpoints.resource_plugin.reporting import Reporter

from .annotations import deletion_propagation, skips_wait_for_deletion, timeout_seconds
from .api.cluster import Cluster
from .api.discovery import UnknownKindError
from .api.errors import ApiError, ClusterUnreachableError
from .checkpoint import Checkpoint
from .failures import OperationCancelledError, UserError
from .objects import condition, items, kind_of, parse_resource_id, text, title
from .refusals import out_of_reach, refused
from .session import Session
from .values import JsonObject

_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 3.0
"""Deletions that take no longer are nothing to speak of."""

_NAMESPACE_OBSTACLES: Final = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
)


async def delete(
    session: Session, identifier: str, old: Checkpoint, custom_timeout: float, reporter: Reporter
) -> None:
    """Delete the object and wait until it is gone; one that is gone already counts as deleted.

    Dependents go first (foreground propagation) unless an annotation says otherwise. Raises UserError where
    the API server refuses, or where the object is still there at the end of the time, naming what holds it.
    """
    _, name = parse_resource_id(identifier)
    namespace = text(old.live, "metadata", "namespace") or parse_resource_id(identifier)[0]
    target = old.live if old.live.get("kind") else old.inputs
    kind = kind_of(target)
    try:
        cluster = await session.cluster()
        await cluster.delete(kind, namespace, name, propagation=deletion_propagation(old.inputs))
        if not skips_wait_for_deletion(old.inputs):
            timeout = timeout_seconds(custom_timeout, old.inputs)
            await _until_gone(session, cluster, target, (namespace, name), timeout, reporter)
    except UnknownKindError:
        return
    except ClusterUnreachableError as error:
        if session.settings.delete_unreachable:
            await reporter.warning(f"{error}; removed from state, because deleteUnreachable is set")
            return
        raise out_of_reach(error) from None
    except ApiError as error:
        if not error.is_not_found:
            raise refused(target, "delete", error) from None


async def _until_gone(
    session: Session,
    cluster: Cluster,
    target: JsonObject,
    place: tuple[str, str],
    timeout: float,
    reporter: Reporter,
) -> None:
    """Ask until the answer is 404 (raised as ApiError), or another object has taken the name."""
    started = time.monotonic()
    deadline = started + timeout
    pause = _FIRST_PAUSE_SECONDS
    uid = ""
    while True:
        live = await cluster.get(kind_of(target), *place)
        uid = uid or text(live, "metadata", "uid")
        if text(live, "metadata", "uid") != uid:
            return
        if not text(live, "metadata", "deletionTimestamp"):
            # A new object of that name, made between our deletion and this look.
            return
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise UserError(
                f"{title(live)} was asked to go, but is still there after {timeout:g} s{_obstacles(live)}"
            )
        if time.monotonic() - started >= _QUIET_SECONDS:
            await reporter.status(f"waiting until it is gone{_obstacles(live)}")
        try:
            await asyncio.wait_for(session.cancelled.wait(), min(pause, remaining))
        except TimeoutError:
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        else:
            raise OperationCancelledError(f"cancelled while {title(live)} was going")


def _obstacles(live: JsonObject) -> str:
    finalizers = [
        *items(live, "metadata", "finalizers"),
        *items(live, "spec", "finalizers"),
    ]
    messages = [
        text(entry, "message")
        for name in _NAMESPACE_OBSTACLES
        if text(entry := condition(live, name), "status") == "True"
    ]
    held = f"; held by the finalizers {', '.join(map(str, finalizers))}" if finalizers else ""
    return held + "".join(f"; {message}" for message in messages)
