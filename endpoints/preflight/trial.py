"""The pods that the workloads would create, for the API server to try without creating them.

A Deployment is accepted whatever becomes of its pods: quotas, limit ranges and admission policies judge those
alone, and what they say stands in events that nobody sees.
"""

from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from endpoints.arguments import deployment_arguments
from endpoints.cluster.api import Object
from endpoints.plan import DeploymentPlan
from endpoints.resources.endpoint import EndpointArgs
from endpoints.resources.workload import pod_spec
from endpoints.target import Target

UNKNOWN_DIGEST = "sha256:" + "0" * 64
"""Stands for the digest of an image that is not built yet: policies see that there is one."""

_OF_THE_USER = frozenset({"labels", "limits", "match_labels", "node_selector", "requests"})
"""Fields whose keys are names, and not Kubernetes' own."""


def trial_pods(plan: DeploymentPlan, target: Target) -> Mapping[str, Object]:
    """Return a pod of each endpoint, by the name of the endpoint's objects."""
    pods: dict[str, Object] = {}
    for endpoint in deployment_arguments(plan, target)["endpoints"].values():
        identity = endpoint["identity"]
        name = identity["object_name"]
        image = endpoint.get("ready_image") or f"{_repository(endpoint)}@{UNKNOWN_DIGEST}"
        spec = pod_spec(identity, image, [], endpoint["workload"])
        pods[name] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": plan.namespace, "labels": dict(identity["labels"])},
            "spec": as_the_api_names_it(spec),
        }
    return pods


def _repository(endpoint: EndpointArgs) -> str:
    if "image" in endpoint:
        return endpoint["image"]["repository"]
    return endpoint["docker_image"]["name"].rpartition(":")[0]


def as_the_api_names_it(value: Any) -> Any:
    """Spell the fields as Kubernetes does, which Pulumi's SDK does for what it declares."""
    if isinstance(value, Mapping):
        return {
            to_camel(key.rstrip("_")): item if key in _OF_THE_USER else as_the_api_names_it(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [as_the_api_names_it(item) for item in value]
    return value
