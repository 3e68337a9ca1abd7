import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localcluster.kubernetes_provider.api.cluster import Cluster
from localcluster.kubernetes_provider.values import JsonObject
from localcluster.kubernetes_provider.waits.explanation import explain, log_tail
from localcluster.kubernetes_provider.waits.progress import Problem
from tests.unit.kubernetes_provider.fake_api import FakeApi, refusal


class TalkingApi(FakeApi):
    """An API server that has logs, by whether the previous container is asked for, and events."""

    def __init__(self, logs: dict[str, str], events: list[JsonObject] | None = None) -> None:
        super().__init__()
        self._logs = logs
        self._events = events or []

    async def text(self, path: str, *, query: Mapping[str, str] | None = None) -> str:
        assert path.endswith("/pods/web-1/log")
        previous = (query or {})["previous"]
        if previous not in self._logs:
            raise refusal(400, "BadRequest", "previous terminated container not found")
        return self._logs[previous]

    async def request(self, method: str, path: str, **options: Any) -> JsonObject:
        if path == "/api/v1":
            kinds = [("Pod", "pods"), ("Event", "events")]
            return {"resources": [{"kind": k, "name": p, "namespaced": True} for k, p in kinds]}
        if path.endswith("/events"):
            return {"items": self._events}
        return await super().request(method, path, **options)


def explained(api: FakeApi, *problems: Problem, pods: tuple[JsonObject, ...] = ()) -> list[str]:
    return asyncio.run(explain(Cluster(api), "demo", problems, list(pods)))


def crash(pod: str) -> Problem:
    return Problem("container app crashed (Error, exit code 1)", pod, "app", crashed=True)


def test_a_crash_is_told_with_the_last_log_lines() -> None:
    api = TalkingApi({"false": "loading\nmodel.pkl is missing\n"})
    assert explained(api, crash("web-1")) == [
        "pod web-1: container app crashed (Error, exit code 1); its last log lines:\n"
        "        | loading\n"
        "        | model.pkl is missing"
    ]


def test_last_words_that_the_log_ends_with_are_told_once() -> None:
    api = TalkingApi({"false": "loading\nmodel.pkl is missing\n"})
    [reason] = explained(api, replace(crash("web-1"), last_words="loading\nmodel.pkl is missing"))
    assert reason.count("model.pkl is missing") == 1


def test_last_words_beside_the_log_are_told_too() -> None:
    api = TalkingApi({"false": "loading\n"})
    [reason] = explained(api, replace(crash("web-1"), last_words="out of licences"))
    assert reason.endswith(
        "; its last words:\n        | out of licences; its last log lines:\n        | loading"
    )


def test_pods_with_the_same_problem_are_told_once() -> None:
    api = TalkingApi({"false": "no\n"})
    [reason] = explained(api, crash("web-1"), crash("web-2"), crash("web-3"))
    assert reason.startswith("pod web-1: ")
    assert "(and 2 more pods)" in reason


def test_a_container_that_has_just_started_again_has_its_words_in_the_previous_log() -> None:
    api = TalkingApi({"false": "", "true": "last words"})
    assert asyncio.run(log_tail(Cluster(api), "demo", "web-1", "app")) == ["last words"]


def test_the_kubelets_excuse_is_no_log() -> None:
    api = TalkingApi({"false": "unable to retrieve container logs for containerd://1"})
    assert explained(api, crash("web-1")) == ["pod web-1: container app crashed (Error, exit code 1)"]


def test_a_pod_that_runs_unready_is_told_with_its_latest_warnings() -> None:
    running = {"name": "app", "ready": False, "state": {"running": {}}}
    pod = {
        "metadata": {"name": "web-1", "namespace": "demo", "uid": "1"},
        "status": {"containerStatuses": [running]},
    }
    events: list[JsonObject] = [
        {"reason": "Unhealthy", "message": "statuscode: 404", "count": 5, "lastTimestamp": "2"},
        {"reason": "FailedMount", "message": "no such secret", "lastTimestamp": "1"},
    ]
    assert explained(TalkingApi({}, events), pods=(pod,)) == [
        "pod web-1: container app runs, but its probes do not pass",
        "pod web-1: [FailedMount] no such secret",
        "pod web-1: [Unhealthy] statuscode: 404 (5 times)",
    ]
