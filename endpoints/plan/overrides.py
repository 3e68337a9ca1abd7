"""Finds patches of a stack file that would change what an object is, or what another setting decides.

Whether Kubernetes knows the fields of a patch, only the cluster can say: see `endpoints/preflight`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from endpoints.cluster.strategic_merge import DIRECTIVE
from endpoints.errors import Problem
from endpoints.plan.address import Address
from endpoints.plan.models import DeploymentPlan, EndpointPlan
from endpoints.plan.proxy import PROXY_CONTAINER
from endpoints.stack_file import EndpointSettings, RoutingKind
from endpoints.stack_file.values import RESERVED_VARIABLES
from endpoints.yaml_document import KeyPath

CONTAINER = "endpoint"
"""Name of the container in which the server runs."""

_POD = ("spec", "template", "spec")

_IDENTITY = "cannot be changed, since the program finds the endpoint's objects by it; remove it"

_FIXED: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "Deployment": {
        ("spec", "selector"): _IDENTITY,
        ("spec", "replicas"): "is decided by `replicas` of the endpoint; set it there",
        ("spec", "strategy"): "is decided by `rollout` of the endpoint; set it there",
    },
    "Service": {("spec", "selector"): _IDENTITY},
    "PodDisruptionBudget": {("spec", "selector"): _IDENTITY},
    "PodMonitor": {("spec", "selector"): _IDENTITY},
    "HorizontalPodAutoscaler": {
        ("spec", "scaleTargetRef"): _IDENTITY,
        ("spec", "minReplicas"): "is decided by `replicas.min` of the endpoint; set it there",
        ("spec", "maxReplicas"): "is decided by `replicas.max` of the endpoint; set it there",
    },
    "ScaledObject": {
        ("spec", "scaleTargetRef"): _IDENTITY,
        ("spec", "minReplicaCount"): "is decided by `replicas.min` of the endpoint; set it there",
        ("spec", "maxReplicaCount"): "is decided by `replicas.max` of the endpoint; set it there",
    },
}
"""What no patch may change, by kind and path."""


def unusable_overrides(
    chosen: EndpointSettings, address: Address, *, proxied: bool = False
) -> Iterator[tuple[KeyPath, str]]:
    """Find patches that change names, selectors, labels of identity, or what has a setting of its own.

    `proxied` tells that the pods have a proxy, which no patch may remove. Returns the path of each setting,
    and what is wrong.
    """
    for kind, patch in chosen.overrides.by_kind().items():
        fixed = {
            ("metadata", "name"): _IDENTITY,
            ("metadata", "namespace"): _IDENTITY,
            **_FIXED.get(kind, {}),
        }
        places: list[tuple[str, ...]] = [("metadata", "labels")]
        if kind == "Deployment":
            places.append(("spec", "template", "metadata", "labels"))
        fixed |= {(*place, label): _IDENTITY for place in places for label in address.labels}
        found = dict(_touched(patch, fixed))
        if kind == "Deployment":
            found |= dict(_of_container(patch, (*_POD, "containers"), CONTAINER, _of_own_container))
            if proxied:
                found |= dict(_of_container(patch, (*_POD, "initContainers"), PROXY_CONTAINER, _of_proxy))
        for path, text in found.items():
            yield ("overrides", kind, *path), text


def _touched(
    patch: Mapping[str, Any], fixed: Mapping[tuple[str, ...], str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find the fixed paths that a patch sets, and what it would remove together with such a path."""
    for path, text in fixed.items():
        value: Any = patch
        for depth, key in enumerate(path, start=1):
            if key not in value:
                break
            value = value[key]
            if depth == len(path):
                yield path, text
            elif not isinstance(value, Mapping):
                yield path[:depth], f"would remove {'.'.join(path)}, which {text}"
                break


def _of_container(
    patch: Mapping[str, Any],
    place: tuple[str, ...],
    name: str,
    judged: Callable[[Mapping[str, Any]], Iterator[str]],
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find changes to the container of that name, in the list at `place`, that would make it another one."""
    value: Any = patch
    for depth, key in enumerate(place, start=1):
        if not isinstance(value, Mapping) or key not in value:
            return
        value = value[key]
        if not isinstance(value, Mapping if depth < len(place) else list):
            yield place[:depth], f"would remove the container {name}; write a list with its changes"
            return
    for item in value:
        if item.get("name") == name:
            for text in judged(item):
                yield place, f"{text} (container {name})"


def _of_proxy(item: Mapping[str, Any]) -> Iterator[str]:
    if DIRECTIVE in item:
        yield "would remove or replace the proxy of access and cors; write only what changes"
    if "image" in item:
        yield "image is decided by `proxyImage` of the endpoint; set it there"


def _of_own_container(item: Mapping[str, Any]) -> Iterator[str]:
    if DIRECTIVE in item:
        yield "would remove or replace the server's container; write only what changes"
    if "image" in item:
        yield "image is decided by `image` of the endpoint; set it there"
    variables = item.get("env")
    names: Sequence[Any] = (
        [variable.get("name") for variable in variables] if isinstance(variables, list) else ()
    )
    for name in names:
        if name in RESERVED_VARIABLES:
            yield f"the variable {name} tells the server where it is and cannot be changed; remove it"
    if "env" in item and not isinstance(variables, list):
        yield "env would remove variables that the server needs; write a list with the changes"


def advise_on_idle_overrides(
    deployments: Sequence[DeploymentPlan], routing: RoutingKind
) -> Iterator[Problem]:
    """Find patches for single endpoints of a kind of object that these endpoints do not have.

    Patches in `defaults` are for those endpoints that have one.
    """
    for deployment in deployments:
        for endpoint in (endpoint for version in deployment.versions for endpoint in version.endpoints):
            lacking = dict(_lacking(endpoint, routing))
            for kind in endpoint.objects.overrides.by_kind().keys() & lacking.keys():
                path: KeyPath = ("overrides", kind)
                if "endpoints" in endpoint.layers.place(path):
                    text = f"has no effect: the endpoint has no {kind}, {lacking[kind]}; remove it"
                    yield endpoint.layers.problem(path, text)


def _lacking(endpoint: EndpointPlan, routing: RoutingKind) -> Iterator[tuple[str, str]]:
    """Return the kinds of objects that an endpoint does not have, and why."""
    scaling = endpoint.scaling
    if routing == "gateway":
        yield "Ingress", "since routes are HTTPRoutes"
    else:
        yield "HTTPRoute", "since routes are Ingresses"
    if scaling is None:
        yield "HorizontalPodAutoscaler", "since its number of pods is fixed"
    elif scaling.keda is not None:
        yield "HorizontalPodAutoscaler", "since KEDA scales it"
    if scaling is None or scaling.keda is None:
        yield "ScaledObject", "since KEDA does not scale it"
    if endpoint.replicas.min == 1:
        yield "PodDisruptionBudget", "since replicas.min is 1"
    if endpoint.metrics is None or not endpoint.metrics.by_pod_monitor:
        yield "PodMonitor", "since metrics.scrape is not podMonitor"
