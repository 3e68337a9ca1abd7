"""Says in words what differs between an endpoint's resources before and after."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from endpoints.cluster.quantities import pod_spec, running_together, taken_of_quota
from endpoints.report.models import EndpointState
from endpoints.report.preview import STASH, Inputs, Operation, Resource

WORKLOAD = "kubernetes:apps/v1:Deployment"

_AUTOSCALERS = {
    "HorizontalPodAutoscaler": ("minReplicas", 1, "maxReplicas"),
    "ScaledObject": ("minReplicaCount", 0, "maxReplicaCount"),
}
"""By kind: where the bounds stand in the spec, and what the lower one is where it is absent."""

_KEDA_MAXIMUM = 100
"""KEDA's own where `maxReplicaCount` is absent: https://keda.sh/docs/latest/reference/scaledobject-spec/."""


def endpoint_state(resources: Sequence[Resource], moment: str) -> EndpointState | None:
    """Return how an endpoint is at `moment`, which is `before` or `after`; None where it has no workload."""
    found = {
        resource.type: getattr(resource, moment)
        for resource in resources
        if getattr(resource, moment) is not None
    }
    workload = found.get(WORKLOAD)
    if workload is None:
        return None
    minimum, maximum = _replicas(workload, found.items())
    return EndpointState(workload["metadata"]["namespace"], minimum, maximum, _declared(pod_spec(workload)))


def _replicas(workload: Inputs, found: Iterable[tuple[str, Inputs]]) -> tuple[int, int]:
    for type_, inputs in found:
        if bounds := _AUTOSCALERS.get(type_.rpartition(":")[2]):
            lower, default, upper = bounds
            spec = inputs["spec"]
            return int(spec.get(lower, default)), int(spec.get(upper, _KEDA_MAXIMUM))
    count = int(workload["spec"].get("replicas", 1))
    return count, count


def _declared(pod: Mapping[str, Any]) -> Mapping[str, Decimal]:
    """Sum up the containers; one without a request is promised as much as its limit, as in Kubernetes."""
    total: dict[str, Decimal] = {}
    for container in running_together(pod):
        for name, quantity in taken_of_quota(container.get("resources", {})).items():
            if name.endswith((".cpu", ".memory")):
                total[name] = total.get(name, Decimal(0)) + quantity
    return total


_ABSENT = object()


def changed_image(resource: Resource) -> bool:
    """Tell whether a resource's change makes the pods run another image."""
    if resource.operation is Operation.SAME:
        return False
    if resource.kind == "Image":
        return True
    if resource.type != WORKLOAD or resource.before is None or resource.after is None:
        return False
    return _images(resource.before) != _images(resource.after)


def differences(resource: Resource, moves: bool = False) -> Iterator[str]:
    """Yield what an update changes in a resource that exists before and after it; no values of variables.

    Where the stack `moves` to another cluster everything is replaced, which is not told of each resource.
    """
    before, after = resource.before, resource.after
    if resource.operation is Operation.SAME or resource.kind == "Image":
        return
    if resource.type == STASH:
        yield from _smoke_request_differences(before, after)
    elif before is None or after is None:
        yield f"{_words(resource.kind)} {'added' if before is None else 'removed'}"
    elif resource.type == WORKLOAD:
        yield from _workload_differences(before, after)
    elif resource.kind == "HorizontalPodAutoscaler":
        yield from _autoscaler_differences(before, after)
    elif resource.operation is Operation.REPLACE and not moves:
        yield f"{_words(resource.kind)} replaced"
    elif moves and before == after:
        return
    else:
        yield f"{_words(resource.kind)} changed"


def replaces_pods(resource: Resource) -> bool:
    """Tell whether a workload's pods are replaced: its template is another one."""
    before, after = resource.before, resource.after
    if resource.type != WORKLOAD or before is None or after is None:
        return False
    if resource.operation is Operation.REPLACE:
        return True
    changed = before["spec"]["template"] != after["spec"]["template"]
    return resource.operation is Operation.UPDATE and changed


def _images(workload: Inputs) -> list[str]:
    return [container["image"] for container in pod_spec(workload)["containers"]]


def _workload_differences(before: Inputs, after: Inputs) -> Iterator[str]:
    old, new = pod_spec(before), pod_spec(after)
    (old_container, *_), (new_container, *_) = old["containers"], new["containers"]
    yield from _resource_differences(old_container.get("resources", {}), new_container.get("resources", {}))
    yield from _variable_differences(old_container.get("env", []), new_container.get("env", []))
    for key in _differing(old_container, new_container):
        if key not in ("env", "image", "resources"):
            yield _words(key)
    for key in _differing(old, new):
        if key != "containers":
            yield _words(key)
    for key in _differing(before["spec"], after["spec"]):
        if key != "template":
            yield _words(key)


def _smoke_request_differences(before: Inputs | None, after: Inputs | None) -> Iterator[str]:
    """Yield whether there is another request; the same one is sent again when something else differs."""
    old, new = _request(before), _request(after)
    if old != new:
        yield f"smoke request {'added' if old is None else 'removed' if new is None else 'changed'}"


def _request(noted: Inputs | None) -> object:
    """Return what is sent, or where that is masked something that differs from nothing only."""
    if noted is None:
        return None
    found = noted["input"]
    return {**found["request"], "settings": ""} if isinstance(found, Mapping) else "[secret]"


def _resource_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for group, word in (("requests", "request"), ("limits", "limit")):
        old, new = before.get(group, {}), after.get(group, {})
        for name in _differing(old, new):
            shown = {"cpu": "CPU"}.get(name, name)
            yield f"{shown} {word} {old.get(name, 'none')} → {new.get(name, 'none')}"


def _variable_differences(before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]) -> Iterator[str]:
    old = {variable["name"]: variable for variable in before}
    new = {variable["name"]: variable for variable in after}
    for name in _differing(old, new):
        what = "added" if name not in old else "removed" if name not in new else "changed"
        yield f"variable {name} {what}"


def _autoscaler_differences(before: Inputs, after: Inputs) -> Iterator[str]:
    for key in _differing(before["spec"], after["spec"]):
        if key not in ("minReplicas", "maxReplicas"):  # these have a column of their own
            yield f"autoscaling {_words(key)}"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    keys = sorted({*before, *after})
    return [key for key in keys if before.get(key, _ABSENT) != after.get(key, _ABSENT)]


def _words(key: str) -> str:
    """Write `livenessProbe` as `liveness probe`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key).lower()
