"""Watching all objects of a kind in a namespace, once for everyone who waits (await/informers).

A hundred Deployments that roll out in one namespace share three watches. An informer lists, then watches
from there; when the server ends the watch it goes on, and when it has fallen too far behind it lists anew.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from ..objects import GroupVersionKind, items, name_of, text, whole_number
from ..values import JsonObject
from .cluster import Cluster
from .errors import ApiError, ClusterUnreachableError

_RETRY_SECONDS: Final = 1.0
_GONE: Final = 410


class _Pulse:
    """Counts changes; one who has seen a count can wait for the next without missing any."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def beat(self) -> None:
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, count: int, timeout_seconds: float) -> None:
        if self.count == count:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._next.wait(), timeout_seconds)


@dataclass
class _Snapshot:
    """What an informer knows, shared by its subscribers."""

    objects: dict[str, JsonObject] = field(default_factory=dict)
    refusal: ApiError | None = None
    subscribers: int = 0
    task: asyncio.Task[None] | None = None


class Observation:
    """What the informers of some kinds know, for one who waits."""

    def __init__(self, snapshots: dict[GroupVersionKind, _Snapshot], pulse: _Pulse) -> None:
        """Take the snapshots by kind, and what beats when one of them changes."""
        self._snapshots = snapshots
        self._pulse = pulse

    @property
    def version(self) -> int:
        """Return a number that grows with every change."""
        return self._pulse.count

    def objects(self, kind: GroupVersionKind) -> list[JsonObject]:
        """Return the objects of the kind as last seen."""
        return list(self._snapshots[kind].objects.values())

    def find(self, kind: GroupVersionKind, name: str) -> JsonObject | None:
        """Return the object as last seen, or None."""
        return self._snapshots[kind].objects.get(name)

    @property
    def refusals(self) -> list[ApiError]:
        """Return what the API server says to those kinds that may not be watched."""
        return [snapshot.refusal for snapshot in self._snapshots.values() if snapshot.refusal is not None]

    async def changed_since(self, version: int, timeout_seconds: float) -> None:
        """Wait until something has changed after that version, or the time is over."""
        await self._pulse.after(version, timeout_seconds)


class Informers:
    """The informers of one cluster; each runs while somebody is subscribed."""

    def __init__(self, cluster: Cluster) -> None:
        """Take the cluster to watch."""
        self._cluster = cluster
        self._snapshots: dict[tuple[GroupVersionKind, str], _Snapshot] = {}
        self._pulse = _Pulse()

    @asynccontextmanager
    async def subscribed(self, kinds: list[GroupVersionKind], namespace: str) -> AsyncIterator[Observation]:
        """Watch the kinds in the namespace while the context is open."""
        snapshots = {kind: self._snapshots.setdefault((kind, namespace), _Snapshot()) for kind in kinds}
        for kind, snapshot in snapshots.items():
            snapshot.subscribers += 1
            if snapshot.task is None:
                snapshot.task = asyncio.create_task(self._run(kind, namespace, snapshot))
        try:
            yield Observation(snapshots, self._pulse)
        finally:
            for kind, snapshot in snapshots.items():
                snapshot.subscribers -= 1
                if snapshot.subscribers == 0 and snapshot.task is not None:
                    del self._snapshots[kind, namespace]
                    snapshot.task.cancel()

    async def _run(self, kind: GroupVersionKind, namespace: str, snapshot: _Snapshot) -> None:
        while True:
            try:
                await self._list_and_watch(kind, namespace, snapshot)
            except ApiError as error:
                if error.is_forbidden:
                    snapshot.refusal = error
                    self._pulse.beat()
                    return
                if error.code != _GONE:
                    await asyncio.sleep(_RETRY_SECONDS)
            except (ClusterUnreachableError, ValueError):
                # The API server may be restarting, and cut a line in two; whoever waits has a time limit.
                await asyncio.sleep(_RETRY_SECONDS)

    async def _list_and_watch(self, kind: GroupVersionKind, namespace: str, snapshot: _Snapshot) -> None:
        resource = await self._cluster.resource(kind)
        path = resource.path(namespace)
        listing = await self._cluster.connection.request("GET", path)
        # Entries of a list carry neither apiVersion nor kind; those of a watch do.
        identity = {"apiVersion": kind.api_version, "kind": kind.kind}
        snapshot.objects = {name_of(entry): identity | entry for entry in items(listing, "items")}
        self._pulse.beat()
        version = text(listing, "metadata", "resourceVersion")
        while True:
            seen = version
            query = {"resourceVersion": version, "allowWatchBookmarks": "true"}
            async for event in self._cluster.connection.watch(path, query=query):
                changed = event.get("object", {})
                if event.get("type") == "ERROR":
                    raise ApiError(whole_number(changed, "code"), changed)
                version = text(changed, "metadata", "resourceVersion") or version
                _take(event, snapshot)
                self._pulse.beat()
            if version == seen:
                await asyncio.sleep(_RETRY_SECONDS)


def _take(event: JsonObject, snapshot: _Snapshot) -> None:
    changed = event.get("object", {})
    if event.get("type") == "DELETED":
        snapshot.objects.pop(name_of(changed), None)
    elif event.get("type") in ("ADDED", "MODIFIED"):
        snapshot.objects[name_of(changed)] = changed
