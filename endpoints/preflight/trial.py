"""What an update would create, for the API server to try without creating it.

The API server accepts a Deployment even if its pods are refused: quotas, limit ranges and admission policies
check only the pods, and their reasons appear only in events. Other objects are tried where the stack file
changes what the program declares.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from endpoints.cluster.api import Object
from endpoints.plan import DeploymentPlan, EndpointPlan, ReadyImage
from endpoints.plan.address import Address, Alias
from endpoints.resources.http_route import http_route_object
from endpoints.resources.image import image_repository
from endpoints.resources.metadata import route_annotations
from endpoints.resources.overrides import Declared
from endpoints.resources.route import ingress_object
from endpoints.resources.scaling import autoscaler_object, disruption_budget_object, scaled_object
from endpoints.resources.workload import pod_monitor_object, service_object, workload_object
from endpoints.target import IngressRouter, Target

UNKNOWN_DIGEST = "sha256:" + "0" * 64
"""Stands for the digest of an image that is not built yet: policies see that there is one."""


def trial_pods(plan: DeploymentPlan, target: Target) -> Mapping[str, Object]:
    """Return a pod of each endpoint, by the name of the endpoint's objects."""
    pods: dict[str, Object] = {}
    for endpoint in (endpoint for version in plan.versions for endpoint in version.endpoints):
        name = endpoint.address.object_name
        template = _workload(endpoint, target).as_the_api_has_it["spec"]["template"]
        pods[name] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**template["metadata"], "name": name, "namespace": plan.namespace},
            "spec": template["spec"],
        }
    return pods


def _workload(endpoint: EndpointPlan, target: Target) -> Declared:
    image = f"{image_repository(endpoint, target)}@{UNKNOWN_DIGEST}"
    if isinstance(endpoint.image, ReadyImage):
        image = endpoint.image.reference
    return workload_object(endpoint, image, ())


@dataclass(frozen=True)
class Trial:
    """An object of an endpoint that is tried; `resource` is its kind's name in paths.

    `is_changed` tells whether `overrides` or annotations of the stack file change it.
    """

    endpoint: EndpointPlan
    resource: str
    object: Object
    is_changed: bool = True

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.object["kind"])

    def path(self, namespace: str) -> str:
        """Return where the object would be created in a namespace, as a dry run that allows no unknown field.

        https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
        """
        version = self.object["apiVersion"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        return f"{root}/namespaces/{namespace}/{self.resource}?dryRun=All&fieldValidation=Strict"


def trial_objects(plan: DeploymentPlan, target: Target) -> Iterator[Trial]:
    """Return the objects that `overrides` and annotations of the stack file change, and one Ingress.

    All paths of a deployment are alike, so that one of its Ingresses shows whether the controller takes them.
    """
    routes: list[Trial] = []
    for endpoint in (endpoint for version in plan.versions for endpoint in version.endpoints):
        yield from _changed(endpoint, target)
        routes.append(_route(endpoint.address, endpoint, target))
    routes += [_route(alias, plan.endpoint(alias.shares[0].target), target) for alias in plan.aliases]
    changed = [route for route in routes if route.is_changed]
    yield from changed or (routes[:1] if isinstance(target.router, IngressRouter) else ())


def _changed(endpoint: EndpointPlan, target: Target) -> Iterator[Trial]:
    patched = endpoint.objects.overrides.by_kind()
    if not patched:
        return
    scaling = endpoint.scaling
    keda = None if scaling is None else scaling.keda
    declared: dict[tuple[str, str, str], Declared | None] = {
        ("apps/v1", "Deployment", "deployments"): _workload(endpoint, target),
        ("v1", "Service", "services"): service_object(endpoint),
        ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"): disruption_budget_object(endpoint),
        ("monitoring.coreos.com/v1", "PodMonitor", "podmonitors"): pod_monitor_object(endpoint),
    }
    if scaling is not None and keda is not None:
        declared["keda.sh/v1alpha1", "ScaledObject", "scaledobjects"] = scaled_object(endpoint, scaling, keda)
    elif scaling is not None:
        key = ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
        declared[key] = autoscaler_object(endpoint, scaling)
    for (version, kind, resource), found in declared.items():
        if kind in patched and found is not None:
            yield _trial(endpoint, version, kind, resource, found)


def _route(served: Address | Alias, endpoint: EndpointPlan, target: Target) -> Trial:
    router = target.router
    if isinstance(router, IngressRouter):
        declared = ingress_object(served, endpoint, router)
        tried = _trial(endpoint, "networking.k8s.io/v1", "Ingress", "ingresses", declared)
    else:
        declared = http_route_object(served, endpoint, router)
        tried = _trial(endpoint, "gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", declared)
    is_patched = tried.kind in endpoint.objects.overrides.by_kind()
    return replace(tried, is_changed=is_patched or bool(route_annotations(endpoint, router)))


def _trial(endpoint: EndpointPlan, version: str, kind: str, resource: str, declared: Declared) -> Trial:
    return Trial(endpoint, resource, {"apiVersion": version, "kind": kind, **declared.as_the_api_has_it})
