"""What the tests of operations share: an object, and running an operation on the API server in memory."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from endpoints.resource_plugin.reporting import Reporter
from localcluster.kubernetes_provider.checkpoint import Checkpoint, recorded
from localcluster.kubernetes_provider.create import create
from localcluster.kubernetes_provider.values import JsonObject
from tests.unit.kubernetes_provider.fake_api import FakeApi, session_with

T = TypeVar("T")

QUIET = Reporter(None, "")
PATH = "/api/v1/namespaces/demo/configmaps/settings"
CONFIG_MAP: JsonObject = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "demo"},
    "data": {"greeting": "hello"},
}
JOB: JsonObject = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "job", "namespace": "demo"},
    "spec": {},
}


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def created(api: FakeApi, inputs: JsonObject = CONFIG_MAP, **settings: Any) -> Checkpoint:
    return recorded(run(create(session_with(api, **settings), inputs, 0, QUIET)).outputs)
