"""The pods that the workloads would create, for the API server to try without creating them.

The API server accepts a Deployment even if its pods are refused: quotas, limit ranges and admission policies
check only the pods, and their reasons appear only in events.
"""

from collections.abc import Mapping

from endpoints.cluster.api import Object
from endpoints.plan import DeploymentPlan, ReadyImage
from endpoints.resources.image import image_repository
from endpoints.resources.metadata import as_the_api_names_it
from endpoints.resources.pod import pod_spec
from endpoints.target import Target

UNKNOWN_DIGEST = "sha256:" + "0" * 64
"""Stands for the digest of an image that is not built yet: policies see that there is one."""


def trial_pods(plan: DeploymentPlan, target: Target) -> Mapping[str, Object]:
    """Return a pod of each endpoint, by the name of the endpoint's objects."""
    pods: dict[str, Object] = {}
    for endpoint in (endpoint for version in plan.versions for endpoint in version.endpoints):
        name = endpoint.address.object_name
        image = f"{image_repository(endpoint, target)}@{UNKNOWN_DIGEST}"
        if isinstance(endpoint.image, ReadyImage):
            image = endpoint.image.reference
        pods[name] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": plan.namespace, "labels": endpoint.address.labels},
            "spec": as_the_api_names_it(pod_spec(endpoint, image)),
        }
    return pods
