"""What servers of `wsgi` endpoints tell Prometheus."""

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import METRICS_VARIABLE
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess, free_port, wait_until

APPLICATION = """
import json
import os
import sys
import time
from pathlib import Path

def answer(path):
    if path == "/fail":
        raise RuntimeError("as a project's own mistake would")
    if path == "/metadata":
        print(json.dumps({"vh_metadata": {"confidence": "0.25", "digit": 7, "label": "seven"}}))
    if path == "/worker":
        return 200, str(os.getpid())
    if path == "/imported":
        return 200, str("valohai_serving.metrics" in sys.modules)
    if path == "/wait":
        while not Path("go-on").exists():
            time.sleep(0.02)
    return (404 if path == "/missing" else 200), "answer"

def wsgi(environ, start_response):
    status, text = answer(environ["PATH_INFO"])
    start_response(f"{status} As It Is", [("Content-Length", str(len(text)))])
    return [text.encode()]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    status, text = answer(scope["path"][len(scope["root_path"]):])
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})
"""

HOOKS = """
def post_request(worker, request):
    print("the project's own hook saw", request.path)
"""

Page = dict[tuple[str, tuple[str, ...]], float]


class Measured:
    """A server, and the page of its metrics."""

    def __init__(self, server: ServerProcess, port: int) -> None:
        self.server = server
        self.port = port

    def ask(self, path: str, method: str = "GET") -> int:
        return self.server.client.request(method, f"{ADDRESS.prefix}{path}").status_code

    def page(self) -> Page:
        """Return every value by its name and the values of its labels, in the labels' order by name."""
        answer = self.server.client.get(f"http://127.0.0.1:{self.port}/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {
            (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def value(self, name: str, *labels: str) -> float:
        return self.page().get((name, labels), 0.0)

    def await_value(self, expected: float, name: str, *labels: str) -> None:
        """Wait for a value: an answer reaches its client a moment before it is counted."""

        def is_there() -> bool:
            try:
                return self.value(name, *labels) == expected
            except (httpx.RemoteProtocolError, httpx.NetworkError):
                # A worker that ends may cut off the page that it was to send; Prometheus asks again, too.
                return False

        wait_until(is_there, lambda: f"{name}: {self.page()}")


Start = Callable[[str, int], Measured]


@pytest.fixture
def start(start_server: StartServer, tmp_path: Path) -> Start:
    def run(kind: str, workers: int) -> Measured:
        (tmp_path / "measured.py").write_text(APPLICATION)
        port = free_port()
        environment = {METRICS_VARIABLE: str(port), "WEB_CONCURRENCY": str(workers)}
        measured = Measured(start_server(Wsgi("measured", kind), environment, tmp_path), port)
        # One worker may answer before the others have begun.
        measured.await_value(workers, "valohai_workers")
        return measured

    return run


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_every_request_to_the_application_is_counted_once_whichever_worker_answers(
    start: Start, kind: str
) -> None:
    measured = start(kind, 3)
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(measured.ask, ["/answer"] * 200))
    assert set(statuses) == {200}
    assert [measured.ask(path) for path in ("/missing", "/fail")] == [404, 500]
    assert measured.ask("/answer", "POST") == 200
    assert measured.ask("/answer", "BREW") == 200
    # Neither is the application's.
    assert measured.server.health() == 200
    assert measured.server.get("/elsewhere").status_code == 404
    measured.await_value(204, "valohai_request_duration_seconds_count")
    page = measured.page()
    counted = {labels: value for (name, labels), value in page.items() if name == "valohai_requests_total"}
    assert counted == {
        ("200", "GET"): 200,
        ("404", "GET"): 1,
        ("500", "GET"): 1,
        ("200", "POST"): 1,
        ("200", "other"): 1,
    }
    assert page["valohai_request_duration_seconds_bucket", ("+Inf",)] == 204
    assert page["valohai_requests_in_flight", ()] == 0
    assert 0 < page["valohai_request_duration_seconds_sum", ()] < 204 * TIME_LIMIT


def test_what_a_killed_worker_counted_stays_and_its_end_is_counted(start: Start) -> None:
    measured = start("wsgi", 2)
    workers = {int(measured.server.get(f"{ADDRESS.prefix}/worker").text) for _ in range(20)}
    measured.await_value(20, "valohai_requests_total", "200", "GET")
    assert measured.value("valohai_worker_exits_total") == 0
    os.kill(workers.pop(), signal.SIGKILL)
    measured.await_value(1, "valohai_worker_exits_total")
    measured.await_value(2, "valohai_workers")
    assert measured.value("valohai_requests_total", "200", "GET") == 20
    assert measured.ask("/answer") == 200
    measured.await_value(21, "valohai_requests_total", "200", "GET")


def test_a_killed_worker_leaves_no_request_in_flight(start: Start) -> None:
    measured = start("wsgi", 1)
    worker = int(measured.server.get(f"{ADDRESS.prefix}/worker").text)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(measured.ask, "/wait")
        measured.await_value(1, "valohai_requests_in_flight")
        os.kill(worker, signal.SIGKILL)
        assert isinstance(waiting.exception(TIME_LIMIT), httpx.TransportError)
    measured.await_value(0, "valohai_requests_in_flight")


def test_a_server_whose_threads_are_all_busy_says_so(start: Start) -> None:
    measured = start("wsgi", 1)
    threads = int(measured.value("valohai_worker_threads"))
    assert threads > 1
    with ThreadPoolExecutor(threads) as clients:
        waiting = [clients.submit(measured.ask, "/wait") for _ in range(threads)]
        measured.await_value(threads, "valohai_requests_in_flight")
        (measured.server.directory / "go-on").touch()
        assert [answer.result(TIME_LIMIT) for answer in waiting] == [200] * threads
    measured.await_value(0, "valohai_requests_in_flight")


def test_counts_survive_a_reload(start: Start) -> None:
    measured = start("wsgi", 2)
    assert measured.ask("/answer") == 200
    measured.server.process.send_signal(signal.SIGHUP)
    measured.await_value(2, "valohai_worker_exits_total")
    measured.await_value(2, "valohai_workers")
    assert measured.ask("/answer") == 200
    measured.await_value(2, "valohai_requests_total", "200", "GET")


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_numbers_of_metadata_are_added_up_and_the_lines_pass_through(start: Start, kind: str) -> None:
    measured = start(kind, 2)
    for _ in range(4):
        assert measured.ask("/metadata") == 200
    page = measured.page()
    counted = {labels[0]: value for (name, labels), value in page.items() if name == "valohai_metadata_count"}
    assert counted == {"confidence": 4, "digit": 4}
    assert page["valohai_metadata_sum", ("confidence",)] == 1.0
    assert page["valohai_metadata_sum", ("digit",)] == 28.0
    line = json.dumps({"vh_metadata": {"confidence": "0.25", "digit": 7, "label": "seven"}})
    assert measured.server.output.splitlines().count(line) == 4


def test_a_projects_own_hooks_run_as_well(start: Start, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text(HOOKS)
    measured = start("wsgi", 1)
    assert measured.ask("/answer") == 200
    measured.server.wait_for_output(f"the project's own hook saw {ADDRESS.prefix}/answer")
    measured.await_value(1, "valohai_requests_total", "200", "GET")


def test_nothing_is_imported_where_nothing_is_asked_for(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "measured.py").write_text(APPLICATION)
    server = start_server(Wsgi("measured", "wsgi"), directory=tmp_path)
    assert server.get(f"{ADDRESS.prefix}/imported").text == "False"
