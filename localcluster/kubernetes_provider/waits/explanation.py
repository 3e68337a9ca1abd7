"""Finding out why pods do not become ready: the last lines of their logs and the warnings about them."""

from typing import Final

from ..api.cluster import Cluster
from ..api.errors import ApiError, ClusterUnreachableError
from ..objects import GroupVersionKind, mapping, name_of, namespace_of, text, whole_number
from ..values import JsonObject
from .pods import unready_containers
from .progress import Problem

_POD: Final = GroupVersionKind("", "v1", "Pod")
_EVENT: Final = GroupVersionKind("", "v1", "Event")

LOG_LINES: Final = 10
"""How many lines of a crashed container's log are shown."""

_NO_LOG: Final = ("unable to retrieve container logs", "failed to try resolving symlinks")
"""What the kubelet answers, as if it were a log, for a container that it has removed already."""

_PODS_EXPLAINED: Final = 3
_WARNINGS_SHOWN: Final = 3


async def explain(
    cluster: Cluster, namespace: str, problems: tuple[Problem, ...], pods: list[JsonObject]
) -> list[str]:
    """Return the problems in full: last log lines of crashed containers, warnings about silent pods.

    Problems that several pods share are told once. What may not be read is left out.
    """
    reasons = []
    for shared in _grouped(problems):
        first = shared[0]
        where = f"pod {first.pod}: " if first.pod else ""
        others = f" (and {len(shared) - 1} more pods)" if len(shared) > 1 else ""
        reason = f"{where}{first.summary}{others}"
        if first.crashed:
            lines = await log_tail(cluster, namespace, first.pod, first.container)
            words = first.last_words.splitlines()
            # What the kubelet took from the log itself need not be told twice.
            if words and words[-1] not in lines:
                reason += f"; its last words:{_quoted(words[-LOG_LINES:])}"
            if lines:
                reason += f"; its last log lines:{_quoted(lines)}"
        reasons.append(reason)
    explained = {problem.pod for problem in problems if problem.pod}
    for pod in [pod for pod in pods if name_of(pod) not in explained][:_PODS_EXPLAINED]:
        reasons += await _silent_pod(cluster, pod)
    return reasons


async def log_tail(
    cluster: Cluster, namespace: str, pod: str, container: str, lines: int = LOG_LINES
) -> list[str]:
    """Return the last lines that the container wrote before it ended, or writes now."""
    resource = await cluster.resource(_POD)
    # Between restarts the current log is that of the instance that ended last; just after one it is empty.
    for previous in ("false", "true"):
        query = {"container": container, "tailLines": str(lines), "previous": previous}
        try:
            log = await cluster.connection.text(f"{resource.path(namespace, pod)}/log", query=query)
        except (ApiError, ClusterUnreachableError):
            continue
        if log.strip() and not log.startswith(_NO_LOG):
            return log.rstrip().splitlines()
    return []


async def _silent_pod(cluster: Cluster, pod: JsonObject) -> list[str]:
    name = name_of(pod)
    not_ready = [
        f"pod {name}: container {container} runs, but its probes do not pass"
        for container in unready_containers(pod)
    ]
    selector = f"involvedObject.uid={text(pod, 'metadata', 'uid')},type=Warning"
    try:
        events = await cluster.list(_EVENT, namespace_of(pod), field_selector=selector)
    except (ApiError, ClusterUnreachableError):
        events = []
    latest = sorted(events, key=lambda event: text(event, "lastTimestamp") or text(event, "eventTime"))
    warnings = dict.fromkeys(
        f"pod {name}: [{text(event, 'reason')}] {text(event, 'message')}" + _times(event) for event in latest
    )
    return [*not_ready, *list(warnings)[-_WARNINGS_SHOWN:]]


def _times(event: JsonObject) -> str:
    count = whole_number(event, "count") or whole_number(mapping(event, "series"), "count")
    return f" ({count} times)" if count > 1 else ""


def _grouped(problems: tuple[Problem, ...]) -> list[list[Problem]]:
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        key = (
            problem.container,
            problem.summary.replace(problem.pod, "") if problem.pod else problem.summary,
        )
        groups.setdefault(key, []).append(problem)
    return list(groups.values())


def _quoted(lines: list[str]) -> str:
    return "".join(f"\n        | {line}" for line in lines)
