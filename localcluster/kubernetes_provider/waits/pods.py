"""What keeps a pod from being ready (the rules of pulumi/cloud-ready-checks, kubernetes/pod)."""

from typing import Final

from ..objects import condition, field, items, mapping, name_of, text, whole_number
from ..values import JsonObject
from .progress import Problem

_ON_ITS_WAY: Final = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Reasons of waiting containers that are part of a normal start."""

_CRASH_LOOP: Final = "CrashLoopBackOff"


def pod_is_ready(pod: JsonObject) -> bool:
    """Tell whether the pod's readiness probes pass."""
    return text(condition(pod, "Ready"), "status") == "True"


def pod_problems(pod: JsonObject) -> list[Problem]:
    """Return what is wrong with a pod; empty for one that is ready or starting normally."""
    if pod_is_ready(pod) or text(pod, "status", "phase") == "Succeeded":
        return []
    name = name_of(pod)
    problems = []
    scheduled = condition(pod, "PodScheduled")
    if text(scheduled, "status") == "False":
        problems.append(_problem(name, text(scheduled, "reason"), text(scheduled, "message")))
    if text(pod, "status", "phase") == "Failed" and text(pod, "status", "reason"):
        problems.append(_problem(name, text(pod, "status", "reason"), text(pod, "status", "message")))
    for list_name in ("initContainerStatuses", "containerStatuses"):
        for status in items(pod, "status", list_name):
            problem = _container_problem(name, status)
            if problem is not None:
                problems.append(problem)
    return problems


def unready_containers(pod: JsonObject) -> list[str]:
    """Return the containers that run, but whose readiness or startup probe does not pass yet."""
    return [
        text(status, "name")
        for status in items(pod, "status", "containerStatuses")
        if field(status, "ready") is False and mapping(status, "state").get("running") is not None
    ]


def _container_problem(pod: str, status: JsonObject) -> Problem | None:
    container = text(status, "name")
    waiting = mapping(status, "state", "waiting")
    reason = text(waiting, "reason")
    restarts = whole_number(status, "restartCount")
    ended = mapping(status, "state", "terminated") or mapping(status, "lastState", "terminated")
    if reason not in _ON_ITS_WAY and reason != _CRASH_LOOP:
        message = text(waiting, "message") or "the kubelet gives no message"
        return Problem(f"container {container} cannot start: [{reason}] {message}", pod, container)
    failed = bool(ended) and whole_number(ended, "exitCode") != 0
    is_running = field(status, "state", "running") is not None
    if (
        reason == _CRASH_LOOP
        or (failed and not field(status, "ready"))
        or (is_running and restarts and failed)
    ):
        summary = _crash_summary(container, reason, restarts, ended)
        last_words = text(ended, "message").strip()
        return Problem(summary, pod, container, crashed=True, last_words=last_words)
    return None


def _crash_summary(container: str, reason: str, restarts: int, ended: JsonObject) -> str:
    code, ended_reason = whole_number(ended, "exitCode"), text(ended, "reason")
    cause = f"{ended_reason}, exit code {code}" if ended_reason else f"exit code {code}"
    times = f" {restarts + 1} times" if restarts else ""
    label = f"[{reason}] " if reason else ""
    return f"{label}container {container} crashed{times} ({cause})"


def _problem(pod: str, reason: str, message: str) -> Problem:
    return Problem(f"[{reason}] {message}" if message else f"[{reason}]", pod)
