"""Requests on objects of any kind."""

from typing import Any, Final

from ..objects import GroupVersionKind, items, kind_of, name_of, namespace_of
from ..values import JsonObject
from .connection import Connection, Target
from .discovery import ApiResource, Discovery

_DRY_RUN: Final = {"dryRun": "All"}


class Cluster:
    """One cluster, reached over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Take an open connection."""
        self._connection = connection
        self._discovery = Discovery(connection)

    @property
    def connection(self) -> Connection:
        """Return the connection, for watches and logs."""
        return self._connection

    @property
    def target(self) -> Target:
        """Return which API server this is."""
        return self._connection.target

    async def resource(self, kind: GroupVersionKind) -> ApiResource:
        """Return how objects of the kind are addressed. Raises UnknownKindError."""
        return await self._discovery.resource(kind)

    async def get(self, kind: GroupVersionKind, namespace: str, name: str) -> JsonObject:
        """Return the live object."""
        resource = await self.resource(kind)
        return await self._connection.request("GET", resource.path(namespace, name))

    async def list(
        self, kind: GroupVersionKind, namespace: str, *, label_selector: str = "", field_selector: str = ""
    ) -> list[JsonObject]:
        """Return the objects of a namespace that match both selectors."""
        resource = await self.resource(kind)
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        answer = await self._connection.request(
            "GET", resource.path(namespace), query={key: value for key, value in query.items() if value}
        )
        return items(answer, "items")

    async def create(
        self, kubernetes_object: JsonObject, *, field_manager: str, dry_run: bool = False
    ) -> JsonObject:
        """Create the object. Unknown fields are an error, as in the official plugin's schema check."""
        resource = await self.resource(kind_of(kubernetes_object))
        return await self._connection.request(
            "POST",
            resource.path(namespace_of(kubernetes_object)),
            query=_write_options(field_manager, dry_run) | {"fieldValidation": "Strict"},
            body=kubernetes_object,
        )

    async def apply(
        self, kubernetes_object: JsonObject, *, field_manager: str, force: bool, dry_run: bool = False
    ) -> JsonObject:
        """Apply the object server-side: fields owned before and no longer given are removed."""
        resource = await self.resource(kind_of(kubernetes_object))
        return await self._connection.request(
            "PATCH",
            resource.path(namespace_of(kubernetes_object), name_of(kubernetes_object)),
            query=_write_options(field_manager, dry_run) | {"force": str(force).lower()},
            body=kubernetes_object,
            content_type="application/apply-patch+yaml",
        )

    async def patch(
        self,
        target: JsonObject,
        patch: Any,
        *,
        content_type: str,
        field_manager: str = "",
        dry_run: bool = False,
    ) -> JsonObject:
        """Patch the object that has the kind, namespace and name of `target`."""
        resource = await self.resource(kind_of(target))
        return await self._connection.request(
            "PATCH",
            resource.path(namespace_of(target), name_of(target)),
            query=_write_options(field_manager, dry_run),
            body=patch,
            content_type=content_type,
        )

    async def delete(
        self, kind: GroupVersionKind, namespace: str, name: str, *, propagation: str, uid: str = ""
    ) -> None:
        """Ask for deletion; with a UID only of that very object, not of a later one with its name."""
        resource = await self.resource(kind)
        options: JsonObject = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
        }
        if uid:
            options["preconditions"] = {"uid": uid}
        await self._connection.request("DELETE", resource.path(namespace, name), body=options)


def _write_options(field_manager: str, dry_run: bool) -> dict[str, str]:
    options = {"fieldManager": field_manager} if field_manager else {}
    return options | _DRY_RUN if dry_run else options
