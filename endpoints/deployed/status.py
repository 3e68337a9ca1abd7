"""How an endpoint is, by what the cluster says of its objects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]
"""A Kubernetes object as its API writes it."""

_HARMLESS = ("ContainerCreating", "PodInitializing")
"""Reasons of waiting that pass by themselves."""

_ORDINARY_ENDS = ("Completed", "Error")
"""Reasons of an end that say no more than its exit code."""

_GUNICORN_LINE = re.compile(r"\[[^]]+\] \[\d+\] \[[A-Z]+\] ")
"""How gunicorn begins lines of its own. Those about its end follow what the application said."""


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
    workload: Object | None,
    autoscaler: Object | None,
    pods: Sequence[Object],
    events: Mapping[str, Sequence[Object]] | None = None,
) -> EndpointStatus:
    """Judge an endpoint; `workload` None means that the cluster does not have it.

    `events` are those of pods that are not ready, by the pod's name, as far as the cluster tells them.
    """
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
        problems.extend(_of_pod(pod, (events or {}).get(str(pod["metadata"]["name"]), ())))
    return EndpointStatus(ready, wanted, bounds, sum(map(_restarts, pods)), tuple(dict.fromkeys(problems)))


def _of_conditions(conditions: Sequence[Object]) -> Iterator[str]:
    """Yield what keeps a workload from having its pods, such as a quota, and a rollout that got stuck."""
    for condition in conditions:
        failed = condition["type"] == "ReplicaFailure" and condition["status"] == "True"
        stuck = condition.get("reason") == "ProgressDeadlineExceeded"
        if failed or stuck:
            yield f"{condition.get('reason')}: {condition.get('message')}"


def is_unready(pod: Object) -> bool:
    """Whether a container of the pod runs without being ready, for which its events have the reason."""
    return any(_runs_unready(container) for container in _containers(pod))


def _of_pod(pod: Object, events: Sequence[Object]) -> Iterator[str]:
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield f"pod {name}: {condition.get('reason')}: {condition.get('message')}"
    for container in _containers(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        waits = bool(waiting) and waiting.get("reason") not in _HARMLESS
        if waits:
            yield f"pod {name}: {waiting.get('reason')}: {waiting.get('message') or 'no message'}"
        elif _runs_unready(container):
            yield f"pod {name}: runs and is not ready{_failed_probe(events)}"
        else:
            continue
        ended = (container.get("lastState") or {}).get("terminated")
        if ended:
            yield f"pod {name}: {_end(ended)}"


def _runs_unready(container: Object) -> bool:
    return "running" in (container.get("state") or {}) and container.get("ready") is False


def _failed_probe(events: Sequence[Object]) -> str:
    """Return what the latest event says of a probe that failed, if any does."""
    failed = [event for event in events if event.get("reason") == "Unhealthy"]
    if not failed:
        return ""
    latest = max(failed, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return f": {str(latest.get('message')).strip()}"


def _end(ended: Object) -> str:
    """Say how a container ended: its exit code, Kubernetes' reason where that says more, its last words."""
    reason = ended.get("reason")
    more = f" ({reason})" if reason and reason not in _ORDINARY_ENDS else ""
    if reason == "OOMKilled":
        return f"ended with {ended.get('exitCode')}{more}; raise resources.memory.max in valohai.yaml"
    lines = str(ended.get("message") or "").strip().splitlines()
    own = [line for line in lines if line.strip() and not _GUNICORN_LINE.match(line)]
    said = (own or lines or [""])[-1]
    return f"ended with {ended.get('exitCode')}{more}{f': {said}' if said else ''}"


def _restarts(pod: Object) -> int:
    return sum(int(container.get("restartCount") or 0) for container in _containers(pod))


def _containers(pod: Object) -> Sequence[Object]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
