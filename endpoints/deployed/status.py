"""How an endpoint is, by what the cluster says of its objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]
"""A Kubernetes object as its API writes it."""

_HARMLESS = ("ContainerCreating", "PodInitializing")
"""Reasons of waiting that pass by themselves."""


@dataclass(frozen=True)
class EndpointStatus:
    """An endpoint's pods: how many are `ready` of how many that there should be, within what bounds.

    `problems` say in the cluster's words why pods are missing. `restarts` counts those of the containers of
    the pods that are there.
    """

    ready: int
    wanted: int
    bounds: str
    restarts: int
    problems: tuple[str, ...]

    @property
    def is_available(self) -> bool:
        """Whether every pod that there should be is ready; none is where it is scaled to zero."""
        return self.ready >= self.wanted and not self.problems


def endpoint_status(
    workload: Object | None, autoscaler: Object | None, pods: Sequence[Object]
) -> EndpointStatus:
    """Judge an endpoint; `workload` None means that the cluster does not have it."""
    if workload is None:
        return EndpointStatus(0, 0, "", 0, ("is not in the cluster; run pulumi up",))
    status = workload.get("status", {})
    wanted = int(workload["spec"].get("replicas", 1))
    bounds = str(wanted)
    if autoscaler is not None:
        spec = autoscaler["spec"]
        bounds = f"{spec.get('minReplicas', 1)}-{spec['maxReplicas']}"
    ready = int(status.get("readyReplicas") or 0)
    problems = [*_of_conditions(status.get("conditions") or [])]
    for pod in pods:
        problems.extend(_of_pod(pod))
    return EndpointStatus(ready, wanted, bounds, sum(map(_restarts, pods)), tuple(dict.fromkeys(problems)))


def _of_conditions(conditions: Sequence[Object]) -> Iterator[str]:
    """Yield what keeps a workload from having its pods, such as a quota, and a rollout that got stuck."""
    for condition in conditions:
        failed = condition["type"] == "ReplicaFailure" and condition["status"] == "True"
        stuck = condition.get("reason") == "ProgressDeadlineExceeded"
        if failed or stuck:
            yield f"{condition.get('reason')}: {condition.get('message')}"


def _of_pod(pod: Object) -> Iterator[str]:
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield f"pod {name}: {condition.get('reason')}: {condition.get('message')}"
    for container in _containers(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting and waiting.get("reason") not in _HARMLESS:
            yield f"pod {name}: {waiting.get('reason')}: {waiting.get('message') or 'no message'}"
            ended = (container.get("lastState") or {}).get("terminated") or {}
            if ended:
                said = (ended.get("message") or "").strip().rpartition("\n")[2]
                yield f"pod {name}: ended with {ended.get('exitCode')}{f': {said}' if said else ''}"


def _restarts(pod: Object) -> int:
    return sum(int(container.get("restartCount") or 0) for container in _containers(pod))


def _containers(pod: Object) -> Sequence[Object]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
