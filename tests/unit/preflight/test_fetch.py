"""In which order a cluster is asked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from endpoints.cluster.api import Answer, Api
from endpoints.errors import Problem, ProjectError
from endpoints.preflight import fetch
from tests.unit.preflight.conftest import NAMESPACE, MakeIntent

WAIT_SECONDS = 30


class Watched(Api):
    """Finds nothing, and tells when it is asked."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.paths: list[str] = []

    def get(self, path: str, accept: str = "application/json") -> Answer:
        del accept
        self.paths.append(path)
        self.asked.set()
        return Answer(404)

    def post(self, path: str, body: Any) -> Answer:
        del path, body
        return Answer(404)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(fetch, "registry_failure", lambda _: None)
    return Watched()


def test_no_request_waits_for_the_answer_to_the_first(api: Watched, intend: MakeIntent) -> None:
    def see_version() -> dict[str, str]:
        assert api.asked.wait(WAIT_SECONDS), "nothing else is asked meanwhile"
        return {"major": "1", "minor": "34"}

    assert fetch.fetch_facts(api, intend(), see_version).version == (1, 34)


@pytest.mark.parametrize(
    ("tls", "asked"),
    [
        ({"issuer": "acme"}, ["/apis/cert-manager.io/v1/clusterissuers/acme"]),
        (
            {"issuer": "acme", "issuerKind": "Issuer"},
            [f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/issuers/acme"],
        ),
        ({"secretName": "models-tls"}, []),
    ],
)
def test_an_issuer_is_looked_for_where_the_stack_names_one(
    api: Watched, intend: MakeIntent, tls: dict[str, str], asked: list[str]
) -> None:
    intent = intend(routing={"kind": "ingress", "host": "a.example", "tls": tls})
    fetch.fetch_facts(api, intent, dict)
    assert [path for path in api.paths if "cert-manager.io" in path] == asked


def test_a_first_request_without_an_answer_ends_them_all(
    api: Watched, intend: MakeIntent, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    ended = threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            ended.set()
            super().shutdown(wait=wait)

    def get(path: str, accept: str = "") -> Answer:
        del accept
        sent.append(path)
        api.asked.set()
        assert ended.wait(WAIT_SECONDS)
        return Answer(404)

    def see_version() -> dict[str, str]:
        assert api.asked.wait(WAIT_SECONDS)
        raise ProjectError(Problem("Pulumi.prod.yaml", 2, "cluster", "does not answer"))

    monkeypatch.setattr(fetch, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(fetch, "PARALLEL", 2)
    monkeypatch.setattr(api, "get", get)
    with pytest.raises(ProjectError, match="does not answer"):
        fetch.fetch_facts(api, intend(), see_version)

    assert len(sent) <= fetch.PARALLEL, "those that waited were sent as well"
