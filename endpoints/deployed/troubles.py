"""What keeps an endpoint's pods from being ready, in the cluster's own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from endpoints.cluster.api import Object

UNREADY = "Unready"
"""The reason of a pod that runs and whose probe does not pass; Kubernetes has no word for it."""

ENDED = "Ended"
"""The reason of a pod whose container ended by itself; Kubernetes' own words for that tell less."""

_UNSPOKEN = (UNREADY, ENDED)

_ON_ITS_WAY = ("ContainerCreating", "PodInitializing")
"""Reasons of waiting that pass by themselves, unless the pod's events tell of a failure."""

_ORDINARY_ENDS = ("Completed", "Error")
"""Reasons of an end that say no more than its exit code."""

_GUNICORN_LINE = re.compile(r"\[[^]]+\] \[\d+\] \[[A-Z]+\] ")
"""How gunicorn begins lines of its own. Those about its end follow what the application said."""

_ACCESS_LINE = re.compile(r'\S+ "[A-Z]+ [^"]*" \d{3} ')
"""How lines about requests begin, which are no reason for an end."""

_PREEMPTION = re.compile(r" (no new claims to deallocate, )?preemption: .*", re.DOTALL)
"""What the scheduler adds to its reasons: why it does not help to end other pods. None has a priority."""


@dataclass(frozen=True)
class Trouble:
    """Why pods are missing: `reason` is Kubernetes' word for it, or one of those above.

    `pod` is empty where there is none, because it was refused.
    """

    pod: str
    reason: str
    message: str

    @property
    def what(self) -> str:
        """What happened, whichever pod it happened to."""
        return self.message if self.reason in _UNSPOKEN else f"{self.reason}: {self.message}"

    def __str__(self) -> str:
        return f"pod {self.pod}: {self.what}" if self.pod else self.what


def refusals(workload: Object) -> Iterator[Trouble]:
    """Yield why the cluster does not create a workload's pods, such as a quota."""
    for condition in _conditions(workload):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            yield Trouble("", str(condition.get("reason")), str(condition.get("message")))


def stuck(workload: Object) -> Iterator[Trouble]:
    """Yield that a rollout came no further for as long as it may take."""
    for condition in _conditions(workload):
        if condition.get("reason") == "ProgressDeadlineExceeded":
            yield Trouble("", str(condition["reason"]), str(condition.get("message")))


def needs_events(pod: Object) -> bool:
    """Whether only the pod's events may tell what is the matter with it."""
    return any(_runs_unready(container) or _is_on_its_way(container) for container in _containers(pod))


def pod_troubles(pod: Object, events: Sequence[Object] = ()) -> Iterator[Trouble]:
    """Yield what keeps a pod from being ready; `events` are its own, as far as the cluster tells them."""
    status = pod.get("status", {})
    name = str(pod["metadata"]["name"])
    for condition in _conditions(pod):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            message = _PREEMPTION.sub("", str(condition.get("message")))
            yield Trouble(name, str(condition.get("reason")), message)
    if status.get("phase") == "Failed" and status.get("reason"):
        yield Trouble(name, str(status["reason"]), str(status.get("message") or "no message"))
    for container in _containers(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if _is_on_its_way(container):
            yield from _failed_preparation(name, events)
        elif waiting:
            yield Trouble(name, str(waiting.get("reason")), str(waiting.get("message") or "no message"))
        elif _runs_unready(container):
            yield Trouble(name, UNREADY, f"runs and is not ready{_failed_probe(events)}")
        else:
            continue
        ended = (container.get("lastState") or {}).get("terminated")
        if ended:
            yield Trouble(name, ENDED, _end(ended))


def past_ends(pod: Object) -> Iterator[str]:
    """Yield how containers ended, last, that have been started again since and are ready."""
    for container in _containers(pod):
        ended = (container.get("lastState") or {}).get("terminated")
        if ended and container.get("ready"):
            yield f"pod {pod['metadata']['name']}: at {ended.get('finishedAt')} {_end(ended)}"


def restarts(pod: Object) -> int:
    """Return how often the pod's containers were started again."""
    return sum(int(container.get("restartCount") or 0) for container in _containers(pod))


def _is_on_its_way(container: Object) -> bool:
    waiting = (container.get("state") or {}).get("waiting") or {}
    return bool(waiting) and waiting.get("reason") in _ON_ITS_WAY


def _runs_unready(container: Object) -> bool:
    return "running" in (container.get("state") or {}) and container.get("ready") is False


def _failed_preparation(pod: str, events: Sequence[Object]) -> Iterator[Trouble]:
    """Yield the latest warning about a pod whose containers are still being made, about a volume say.

    The scheduler's belong to what is over by then.
    """
    warnings = [
        event
        for event in events
        if event.get("type") == "Warning" and event.get("reason") != "FailedScheduling"
    ]
    if warnings:
        latest = max(warnings, key=_moment)
        yield Trouble(pod, str(latest.get("reason")), str(latest.get("message")).strip())


def _failed_probe(events: Sequence[Object]) -> str:
    """Return what the latest event says of a probe that failed, if any does."""
    failed = [event for event in events if event.get("reason") == "Unhealthy"]
    return f": {str(max(failed, key=_moment).get('message')).strip()}" if failed else ""


def _moment(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")


def _end(ended: Object) -> str:
    """Say how a container ended: its exit code, Kubernetes' reason where that says more, its last words."""
    reason = ended.get("reason")
    more = f" ({reason})" if reason and reason not in _ORDINARY_ENDS else ""
    if reason == "OOMKilled":
        return f"ended with {ended.get('exitCode')}{more}; raise resources.memory.max in valohai.yaml"
    written = str(ended.get("message") or "").splitlines()
    lines = [line for line in written if line.strip() and not _ACCESS_LINE.match(line)]
    own = [line for line in lines if not _GUNICORN_LINE.match(line)]
    said = (own or lines or [""])[-1]
    return f"ended with {ended.get('exitCode')}{more}{f': {said}' if said else ''}"


def _conditions(judged: Object) -> Sequence[Object]:
    return judged.get("status", {}).get("conditions") or []


def _containers(pod: Object) -> Sequence[Object]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
