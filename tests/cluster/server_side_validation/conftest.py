import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient

from tests.cluster.deployments.conftest import kubectl as kubectl
from tests.cluster.deployments.kubectl import Kubectl
from tests.program.conftest import event_loops as event_loops
from tests.program.conftest import outputs_may_not_end_up_in_strings as outputs_may_not_end_up_in_strings

NAMESPACE = "server-side-validation"
ACCOUNT = "endpoints"
"""The service account's name, which the API server looks for before it looks at a pod."""

STRICT_DRY_RUN = (("dryRun", "All"), ("fieldValidation", "Strict"))

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

    connection = new_client_from_config(str(kubectl.kubeconfig))  # type: ignore[no-untyped-call]
    client = DynamicClient(connection)  # type: ignore[no-untyped-call]

    def look(objects: Sequence[Object]) -> list[str]:
        found = []
        for item in objects:
            kind = client.resources.get(api_version=item["apiVersion"], kind=item["kind"])
            try:
                kind.create(moved(item, namespace), query_params=list(STRICT_DRY_RUN))
            except ApiException as refused:
                message = json.loads(refused.body or "{}")["message"]
                found.append(f"{item['kind']} {item['metadata']['name']}: {message}")
        return found

    return look


def moved(item: Object, namespace: str) -> Object:
    """Return the object in the namespace that exists, if it is in one at all."""
    if "namespace" not in item["metadata"]:
        return item
    return {**item, "metadata": {**item["metadata"], "namespace": namespace}}
