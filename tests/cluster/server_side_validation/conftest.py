import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from localcluster.kubernetes_provider.api.cluster import Cluster
from localcluster.kubernetes_provider.api.connection import open_connection
from localcluster.kubernetes_provider.api.errors import ApiError
from localcluster.kubernetes_provider.kubeconfig import load_kubeconfig
from localcluster.kubernetes_provider.settings import ClientSettings
from tests.cluster.deployments.conftest import kubectl as kubectl
from tests.cluster.deployments.kubectl import Kubectl
from tests.program.conftest import event_loops as event_loops
from tests.program.conftest import outputs_may_not_end_up_in_strings as outputs_may_not_end_up_in_strings

NAMESPACE = "server-side-validation"
ACCOUNT = "endpoints"
"""The service account's name, which the API server looks for before it looks at a pod."""

Object = dict[str, Any]
Refusals = Callable[[Sequence[Object]], list[str]]


@pytest.fixture(scope="module")
def namespace(kubectl: Kubectl) -> Iterator[str]:
    """Make a namespace, for nothing can be validated in one that is not there. It is as strict as ours."""
    kubectl.run("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
    kubectl.run("create", "namespace", NAMESPACE)
    kubectl.run("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
    kubectl.run("create", "serviceaccount", ACCOUNT, "--namespace", NAMESPACE)
    yield NAMESPACE
    kubectl.run("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture
def refusals(kubectl: Kubectl, namespace: str) -> Refusals:
    """Return what the API server has against objects: a dry run of creating them, unknown fields refused.

    Admission sees them as it would see the real ones; nothing is stored and no pod runs.
    """

    async def look(objects: Sequence[Object]) -> list[str]:
        kubeconfig = load_kubeconfig(str(kubectl.kubeconfig))
        connection = await open_connection(kubeconfig, "", "", ClientSettings())
        cluster, found = Cluster(connection), []
        try:
            for item in objects:
                try:
                    await cluster.create(moved(item, namespace), field_manager="validation", dry_run=True)
                except ApiError as error:
                    found.append(f"{item['kind']} {item['metadata']['name']}: {error}")
        finally:
            await connection.close()
        return found

    return lambda objects: asyncio.run(look(objects))


def moved(item: Object, namespace: str) -> Object:
    """Return the object in the namespace that exists, if it is in one at all."""
    if "namespace" not in item["metadata"]:
        return item
    return {**item, "metadata": {**item["metadata"], "namespace": namespace}}
