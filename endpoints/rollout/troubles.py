"""Judges what the API server tells of pods and workloads: why pods are missing, and how containers ended."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from endpoints.cluster.api import Object
from endpoints.plan.overrides import CONTAINER

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

_ACCESS_LINE = re.compile(r'\S+ (?:\S+ )?"[A-Z]+ [^"]*" \d{3} ')
"""How lines about requests begin, by client and perhaps an API key's name, which are no reason for an end."""

_FINAL_ENDS = {4: 1, 3: 2}
"""Exit codes of the launcher in `serving/`, and how many ends by them are final. By 4 there is no application
to start, which no restart changes. By 3 the application failed while it started, perhaps for want of a
service that starts as well: the second end counts."""

_EXCEPTION_LINE = re.compile(
    r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|NotFound)(?::\s.*)?$"
)
"""How the last line of a Python traceback looks."""

_ERROR_LINE = re.compile(
    r"(?:\S+ )?(?:E(?:RROR|rror)|FATAL|Fatal|CRITICAL|fatal|panic|error)(?:\s*:|\s)\s*\S"
    r"|.*: (?:command not found|not found|No such file or directory|Permission denied|exec format error)$"
)
"""The lines in which other programs, shells among them, say what failed."""

_ENDED_BY_SIGNAL = 128
"""Exit codes from here on are of programs that something else ended: what they logged before is no reason."""

_PREEMPTION = re.compile(r" (no new claims to deallocate, )?preemption: .*", re.DOTALL)
"""What the scheduler adds to its reasons: why it does not help to end other pods. None has a priority."""


@dataclass(frozen=True)
class Trouble:
    """Why pods are missing: `reason` is Kubernetes' word for it, or one of those above.

    `pod` is empty where there is none, because it was refused. `is_final` tells that the container will end
    in the same way whenever it is started, if it runs the launcher of `wsgi`.
    """

    pod: str
    reason: str
    message: str
    is_final: bool = False
    container: str = ""
    """The container that it happened to, where that is not the server's."""

    @property
    def what(self) -> str:
        """What happened, whichever pod it happened to."""
        told = self.message if self.reason in _UNSPOKEN else f"{self.reason}: {self.message}"
        return f"container {self.container}: {told}" if self.container else told

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
    """Whether only the pod's events may tell what is the matter with it, or was when it ended last."""
    return any(
        _runs_unready(container) or _is_on_its_way(container) or container.get("restartCount")
        for container in _containers(pod)
    )


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
    on_their_way = [container for container in _containers(pod) if _is_on_its_way(container)]
    found = [
        replace(trouble, container=_beside_the_server(container))
        for container in _containers(pod)
        if container not in on_their_way
        for trouble in _container_troubles(name, container, events)
    ]
    # What a sidecar waits for keeps the others from being made, and is in the pod's events as well.
    yield from found or (_failed_preparation(name, events) if on_their_way else ())


def _container_troubles(pod: str, container: Object, events: Sequence[Object]) -> Iterator[Trouble]:
    waiting = (container.get("state") or {}).get("waiting") or {}
    if waiting:
        yield Trouble(pod, str(waiting.get("reason")), str(waiting.get("message") or "no message"))
    elif _runs_unready(container):
        yield Trouble(pod, UNREADY, f"runs but is not ready{_failed_probe(events)}")
    else:
        return
    ended = (container.get("lastState") or {}).get("terminated")
    if ended:
        yield Trouble(
            pod, ENDED, _end(ended, events, _beside_the_server(container)), _is_final(ended, container)
        )


def _beside_the_server(container: Object) -> str:
    """Return the name of a container that is not the server's, empty for the server's."""
    name = str(container.get("name") or CONTAINER)
    return "" if name == CONTAINER else name


def past_ends(pod: Object, events: Sequence[Object] = ()) -> Iterator[str]:
    """Yield how containers ended, last, that have been started again since and are ready."""
    for container in _containers(pod):
        ended = (container.get("lastState") or {}).get("terminated")
        if ended and container.get("ready"):
            beside = _beside_the_server(container)
            where = f"pod {pod['metadata']['name']}: {f'container {beside}: ' if beside else ''}"
            yield f"{where}at {ended.get('finishedAt')} {_end(ended, events, beside)}"


def _is_final(ended: Object, container: Object) -> bool:
    is_to_restart = bool((container.get("state") or {}).get("waiting"))
    ends = int(container.get("restartCount") or 0) + is_to_restart
    code = int(ended.get("exitCode") or 0)
    return code in _FINAL_ENDS and ends >= _FINAL_ENDS[code]


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


def _killed_by_probe(events: Sequence[Object]) -> str:
    """Return what the liveness probe found, if it was the kubelet that ended the container for that."""
    kills = [event for event in events if event.get("reason") == "Killing"]
    if not kills or "failed liveness probe" not in str(max(kills, key=_moment).get("message")):
        return ""
    found = [
        event
        for event in events
        if event.get("reason") == "Unhealthy" and str(event.get("message")).startswith("Liveness")
    ]
    return str(max(found, key=_moment).get("message")).strip() if found else "Liveness probe failed"


def _end(ended: Object, events: Sequence[Object], beside: str) -> str:
    """Say how a container ended: its exit code, Kubernetes' reason where that says more, its last words."""
    if killed := _killed_by_probe(events):
        return f"ended with {ended.get('exitCode')}, by the kubelet: {killed}"
    reason = ended.get("reason")
    more = f" ({reason})" if reason and reason not in _ORDINARY_ENDS else ""
    if reason == "OOMKilled":
        return f"ended with {ended.get('exitCode')}{more}{'' if beside else '; raise resources.memory.max'}"
    written = str(ended.get("message") or "").splitlines()
    lines = [line for line in written if line.strip() and not _ACCESS_LINE.match(line)]
    own = [line for line in lines if not _GUNICORN_LINE.match(line)]
    said = _telling(own or lines or [""], int(ended.get("exitCode") or 0))
    return f"ended with {ended.get('exitCode')}{more}{f': {said}' if said else ''}"


def _telling(lines: Sequence[str], code: int) -> str:
    """Return the line that says why a program ended: its last error, else its last words.

    Programs add lines after an error, such as warnings of the interpreter or how they clean up.
    """
    if code < _ENDED_BY_SIGNAL:
        for pattern in (_EXCEPTION_LINE, _ERROR_LINE):
            if errors := [line for line in lines if pattern.match(line)]:
                return errors[-1]
    return lines[-1]


def _conditions(judged: Object) -> Sequence[Object]:
    return judged.get("status", {}).get("conditions") or []


def _containers(pod: Object) -> Sequence[Object]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
