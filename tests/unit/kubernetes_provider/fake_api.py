"""An API server in memory: enough of the protocol to create, apply, read and delete objects."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from localcluster.kubernetes_provider.api.connection import Connection, Target
from localcluster.kubernetes_provider.api.errors import ApiError, ClusterUnreachableError
from localcluster.kubernetes_provider.session import Session
from localcluster.kubernetes_provider.settings import ClientSettings, ProviderSettings
from localcluster.kubernetes_provider.values import JsonObject

KINDS = {
    "/api/v1": [
        ("ConfigMap", "configmaps", True),
        ("Secret", "secrets", True),
        ("Namespace", "namespaces", False),
        ("Pod", "pods", True),
    ],
    "/apis/batch/v1": [("Job", "jobs", True)],
    "/apis/example.com/v1": [("Widget", "widgets", True), ("Planet", "planets", False)],
}


def refusal(code: int, reason: str, message: str = "", **details: Any) -> ApiError:
    return ApiError(code, {"reason": reason, "message": message or reason, "details": details})


class FakeApi(Connection):
    """Objects by their path. Each request is noted; `failures` are raised, one each, by requests of that
    method.
    """

    def __init__(self) -> None:
        self.target = Target("https://fake:6443", "fake")
        self.objects: dict[str, JsonObject] = {}
        self.requests: list[tuple[str, str, Mapping[str, str]]] = []
        self.bodies: list[Any] = []
        self.failures: dict[str, list[ApiError | ClusterUnreachableError]] = {}
        self.lingering = False
        """Whether deleted objects stay, with a deletion timestamp."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> JsonObject:
        await asyncio.sleep(0)
        options = dict(query or {})
        self.requests.append((method, path, options))
        self.bodies.append(copy.deepcopy(body))
        if failures := self.failures.get(method):
            raise failures.pop(0)
        if path in KINDS:
            kinds = KINDS[path]
            return {"resources": [{"kind": k, "name": p, "namespaced": n} for k, p, n in kinds]}
        if path.startswith("/apis/missing"):
            raise refusal(404, "NotFound")
        return getattr(self, f"_{method.lower()}")(path, options, body, content_type)  # type: ignore[no-any-return]

    async def text(self, path: str, *, query: Mapping[str, str] | None = None) -> str:
        self.requests.append(("GET", path, dict(query or {})))
        return ""

    async def watch(self, path: str, *, query: Mapping[str, str]) -> AsyncIterator[JsonObject]:
        self.requests.append(("WATCH", path, dict(query)))
        await asyncio.sleep(3600)
        yield {}

    async def close(self) -> None:
        return

    def methods(self) -> list[str]:
        """The methods of the requests that were about objects."""
        return [method for method, path, _ in self.requests if path not in KINDS]

    def _get(self, path: str, _options: Any, _body: Any, _type: str) -> JsonObject:
        if path not in self.objects:
            raise refusal(404, "NotFound", f'"{path}" not found')
        return copy.deepcopy(self.objects[path])

    def _post(self, path: str, options: Any, body: JsonObject, _type: str) -> JsonObject:
        place = f"{path}/{body['metadata']['name']}"
        if place in self.objects:
            raise refusal(409, "AlreadyExists")
        fields = [{"manager": options["fieldManager"], "operation": "Update", "fieldsV1": {"f:data": {}}}]
        return self._store(place, body, fields, dry_run="dryRun" in options)

    def _patch(self, path: str, options: Any, body: Any, content_type: str) -> JsonObject:
        current = self.objects.get(path, {"metadata": {}})
        dry_run = "dryRun" in options
        if content_type == "application/json-patch+json":
            fields = body[0]["value"]
            return self._store(path, current, fields, dry_run=dry_run)
        if content_type == "application/merge-patch+json":
            merged = {**current, **{key: value for key, value in body.items() if value is not None}}
            return self._store(path, merged, current["metadata"]["managedFields"], dry_run=dry_run)
        entry = {"manager": options["fieldManager"], "operation": "Apply", "fieldsV1": {}}
        others = [
            other
            for other in current["metadata"].get("managedFields", [])
            if other["manager"] != options["fieldManager"]
        ]
        return self._store(path, body, [*others, entry], dry_run=dry_run)

    def _delete(self, path: str, _options: Any, _body: Any, _type: str) -> JsonObject:
        live = self._get(path, None, None, "")
        if self.lingering:
            live["metadata"] |= {"deletionTimestamp": "now", "finalizers": ["example.com/keep"]}
            self.objects[path] = live
        else:
            del self.objects[path]
        return live

    def _store(self, path: str, body: JsonObject, fields: list[Any], *, dry_run: bool) -> JsonObject:
        stored = copy.deepcopy(body)
        stored["metadata"] = {
            "uid": f"uid-of-{path}",
            **stored["metadata"],
            "managedFields": fields,
            "resourceVersion": str(len(self.requests)),
        }
        if not dry_run:
            self.objects[path] = stored
        return copy.deepcopy(stored)


def session_with(api: FakeApi, cancelled: asyncio.Event | None = None, **settings: Any) -> Session:
    """A configured provider that talks to the fake."""

    async def connect(
        _kubeconfig: Any, _context: str, _cluster: str, _settings: ClientSettings
    ) -> Connection:
        return api

    context = {"name": "c", "context": {"cluster": "c", "namespace": "demo"}}
    cluster = {"name": "c", "cluster": {"server": "https://fake:6443"}}
    kubeconfig = json.dumps({"current-context": "c", "contexts": [context], "clusters": [cluster]})
    return Session(ProviderSettings(kubeconfig=kubeconfig, **settings), cancelled or asyncio.Event(), connect)
