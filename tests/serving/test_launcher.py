"""How the launcher finds the application, starts it, reports and ends."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import ALIVE_PATH, HEALTH_PATH, Serving, WsgiServer
from endpoints.stack_file.endpoint import Shutdown
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import TIME_LIMIT, ServerProcess, wait_until

FLASK = Wsgi("flask_application", "app")


def test_application_is_preferred_where_no_callable_is_named(start_server: StartServer) -> None:
    server = start_server(Wsgi("flask_application"))
    assert server.get(f"{ADDRESS.prefix}/which").text == "application"
    assert "Serving flask_application:application; valohai.yaml names no callable" in server.output


def test_the_callable_can_be_an_attribute_of_another_object(start_server: StartServer) -> None:
    server = start_server(Wsgi("flask_application", "app.wsgi_app"))
    assert server.get(f"{ADDRESS.prefix}/where").json()["prefix"] == ADDRESS.prefix


@pytest.mark.parametrize(
    ("application", "message"),
    [
        (Wsgi("broken"), "Module 'broken' has neither 'application' nor 'app': name the application"),
        (Wsgi("broken", "missing"), "Module 'broken' has no 'missing'"),
        (Wsgi("broken", "number.missing"), "Module 'broken' has no 'number.missing'"),
        (Wsgi("broken", "number"), "broken:number is no application: it is 7"),
        (
            Wsgi("broken", "make_application"),
            "broken:make_application is no application: it takes () -> object",
        ),
    ],
)
def test_what_is_no_application_ends_the_server_with_one_sentence(
    start_server: StartServer, application: Wsgi, message: str
) -> None:
    server = start_server(application, wait=False)
    assert server.wait_for_end() != 0
    assert message in server.output
    assert "Traceback" not in server.output


def test_an_exception_of_the_project_is_shown_whole(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("import does_not_exist\n")
    server = start_server(Wsgi("failing", "app"), directory=tmp_path, wait=False)
    assert server.wait_for_end() != 0
    assert "ModuleNotFoundError: No module named 'does_not_exist'" in server.output


def test_the_module_is_imported_once(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text(
        "from pathlib import Path\n"
        "with Path('imports').open('a') as imports:\n"
        "    imports.write('x')\n"
        "async def app(scope, receive, send): ...\n"
    )
    start_server(Wsgi("counted"), directory=tmp_path)
    assert (tmp_path / "imports").read_text() == "x"


def test_the_server_is_healthy_only_when_the_application_is_imported(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "loading.py").write_text(
        "import time\n"
        "from pathlib import Path\n"
        "print('importing', flush=True)\n"
        "while not Path('model').exists():\n"
        "    time.sleep(0.01)\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'imported']\n"
    )
    server = start_server(Wsgi("loading"), directory=tmp_path, wait=False)
    server.wait_for_output("importing")
    assert server.health() == 503
    assert server.health(ALIVE_PATH) == 200
    (tmp_path / "model").touch()
    server.wait_for_health()
    assert server.get(ADDRESS.prefix).text == "imported"


@pytest.mark.parametrize("application", [FLASK, Wsgi("fastapi_application")], ids=["WSGI", "ASGI"])
def test_sigterm_lets_a_running_request_finish(start_server: StartServer, application: Wsgi) -> None:
    server = start_server(application)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(server.get, f"{ADDRESS.prefix}/slow/2.5")
        server.wait_for_output("the slow request has begun")
        server.terminate()
        assert "done" in answer.result().text
    assert server.wait_for_end() == 0
    if application is not FLASK:
        assert "the lifespan has ended" in server.output


@pytest.mark.parametrize("application", [FLASK, Wsgi("fastapi_application")], ids=["WSGI", "ASGI"])
def test_a_stopping_server_answers_on_idle_connections_and_does_not_wait_for_them(
    start_server: StartServer, application: Wsgi
) -> None:
    """gunicorn would wait for them until its graceful timeout, which is longer than the test's patience."""
    assert Shutdown().graceful_timeout_seconds > TIME_LIMIT
    server = start_server(application)
    idle = [HTTPConnection("127.0.0.1", server.port, timeout=TIME_LIMIT) for _ in range(2)]
    for connection in idle:
        connection.request("GET", f"{ADDRESS.prefix}/where")
        connection.getresponse().read()
    server.terminate()
    server.wait_for_output("Handling signal: term")
    idle[0].request("GET", f"{ADDRESS.prefix}/where")
    answer = idle[0].getresponse()
    assert (answer.status, answer.read()[:1]) == (200, b"{")
    assert server.wait_for_end() == 0
    for connection in idle:
        connection.close()


def test_sigterm_during_the_import_ends_the_server_at_once(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(3600)\n")
    server = start_server(Wsgi("endless"), directory=tmp_path, wait=False)
    server.wait_for_output("importing")
    server.terminate()
    assert server.wait_for_end() == 0


def test_a_killed_worker_is_replaced(start_server: StartServer) -> None:
    server = start_server(FLASK)
    before = server.get(f"{ADDRESS.prefix}/process").json()
    assert before["parent"] == server.process.pid
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: server.output.count("Booting worker") == 2, lambda: server.output)
    assert server.get(f"{ADDRESS.prefix}/process").json()["pid"] != before["pid"]


def test_the_cpu_limit_decides_the_number_of_workers(start_server: StartServer) -> None:
    server = start_server(FLASK, limits={"cpu": "1500m"})
    wait_until(lambda: server.output.count("Serving WSGI with ThreadWorker") == 2, lambda: server.output)
    assert server.output.count("Booting worker") == 2


def test_requests_are_logged_and_health_checks_are_not(start_server: StartServer) -> None:
    server = start_server(FLASK)
    server.get(f"{ADDRESS.prefix}/where?x=1")
    server.wait_for_output(f'"GET {ADDRESS.prefix}/where?x=1 HTTP/1.1" 200')
    assert HEALTH_PATH not in server.output


@pytest.mark.parametrize("application", [FLASK, Wsgi("fastapi_application")], ids=["WSGI", "ASGI"])
def test_the_log_of_requests_can_be_json(start_server: StartServer, application: Wsgi) -> None:
    server = start_server(application, {"VALOHAI_ACCESS_LOG": "json"})
    server.get(f"{ADDRESS.prefix}/missing", {"User-Agent": 'quo"ted'})
    server.wait_for_output("/missing")
    entry = json.loads(next(line for line in server.output.splitlines() if line.startswith("{")))
    assert entry["request"] == f"GET {ADDRESS.prefix}/missing HTTP/1.1"
    assert (entry["status"], entry["agent"]) == (404, 'quo"ted')
    assert HEALTH_PATH not in server.output


def test_the_log_of_requests_can_be_switched_off(start_server: StartServer) -> None:
    server = start_server(FLASK, {"VALOHAI_ACCESS_LOG": "none"})
    server.get(f"{ADDRESS.prefix}/slow/0.0")
    server.wait_for_output("the slow request has begun")
    server.terminate()
    server.wait_for_end()
    assert "HTTP/1.1" not in server.output


def test_what_the_application_prints_passes_through_unchanged(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "printing.py").write_text(
        "import json\n"
        "def app(environ, start_response):\n"
        "    print(json.dumps({'vh_metadata': {'digit': 7, 'text': 'ä %s'}}))\n"
        "    start_response('200 OK', [])\n"
        "    return [b'printed']\n"
    )
    server = start_server(Wsgi("printing"), directory=tmp_path)
    server.get(ADDRESS.prefix)
    expected = json.dumps({"vh_metadata": {"digit": 7, "text": "ä %s"}})
    wait_until(lambda: expected in server.output.splitlines(), lambda: server.output)


def test_the_heartbeat_of_a_worker_is_in_memory(start_server: StartServer) -> None:
    server = start_server(FLASK)
    worker = server.get(f"{ADDRESS.prefix}/process").json()["pid"]
    assert [name for name in open_files(worker) if name.startswith("/dev/shm/wgunicorn-")]


def open_files(process: int) -> Iterator[str]:
    for file in Path(f"/proc/{process}/fd").iterdir():
        # Such as the connection of the request before.
        with contextlib.suppress(FileNotFoundError):
            yield str(file.readlink())


def test_the_log_of_requests_names_the_client_that_the_router_tells(start_server: StartServer) -> None:
    server = start_server(FLASK, {"VALOHAI_ACCESS_LOG": "json"})
    server.get(f"{ADDRESS.prefix}/where", {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    server.wait_for_output('"remote": "203.0.113.7"')


def test_the_project_can_bring_settings_of_its_own(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text((Path(__file__).parent / "applications/plain_wsgi.py").read_text())
    (tmp_path / "gunicorn.conf.py").write_text(
        "import os\n"
        "access_log_format = 'seen: %(r)s'\n"
        "forwarder_headers = 'SCRIPT_NAME'\n"
        "def pre_request(worker, request):\n"
        "    print('before', request.path, flush=True)\n"
    )
    server = start_server(Wsgi("app"), directory=tmp_path)
    answer = server.get(f"{ADDRESS.prefix}/where", {"SCRIPT_NAME": "/acme"})
    assert answer.json()["prefix"] == ADDRESS.prefix
    server.wait_for_output(f"seen: GET {ADDRESS.prefix}/where HTTP/1.1")
    assert f"before {ADDRESS.prefix}/where" in server.output


def test_a_module_of_the_project_wins_over_one_of_the_launcher(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "prefix.py").write_text("name = 'the project'\n")
    (tmp_path / "project.py").write_text(
        "import prefix\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [prefix.name.encode()]\n"
    )
    server = start_server(Wsgi("project"), directory=tmp_path)
    assert server.get(ADDRESS.prefix).text == "the project"


def test_the_working_directory_holds_valohais_metadata(start_server: StartServer, tmp_path: Path) -> None:
    metadata = '{"version": {"name": "20261101.0"}, "meta": {"text": "100 % $HOME \\\\n"}}'
    (tmp_path / "app.py").write_text((Path(__file__).parent / "applications/plain_wsgi.py").read_text())
    start_server(Wsgi("app"), {"VALOHAI_METADATA": metadata}, tmp_path)
    assert (tmp_path / "valohai-metadata.json").read_text() == metadata + "\n"


def test_a_metadata_file_of_the_project_is_kept(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text((Path(__file__).parent / "applications/plain_wsgi.py").read_text())
    (tmp_path / "valohai-metadata.json").write_text("own")
    start_server(Wsgi("app"), {"VALOHAI_METADATA": "{}"}, tmp_path)
    assert (tmp_path / "valohai-metadata.json").read_text() == "own"


def test_an_application_without_a_prefix_runs_at_the_root(start_server: StartServer) -> None:
    server: ServerProcess = start_server(FLASK, {"SCRIPT_NAME": ""})
    assert server.get("/where").json()["link"] == "/where"


@pytest.mark.parametrize(("name", "times"), [("gunicorn", 1.2), ("granian", 2.0)])
def test_a_large_answer_is_in_memory_once_by_gunicorn_and_not_often_by_granian(
    start_server: StartServer, tmp_path: Path, name: WsgiServer, times: float
) -> None:
    size = 100_000_000
    (tmp_path / "large.py").write_text(
        "import os\n"
        "def app(environ, start_response):\n"
        f"    body = b'x' * {size} if environ['PATH_INFO'] else str(os.getpid()).encode()\n"
        "    start_response('200 OK', [('Content-Length', str(len(body)))])\n"
        "    return [body]\n"
    )
    server = start_server(Wsgi("large"), directory=tmp_path, serving=Serving(60, server=name))
    worker = server.get(ADDRESS.prefix).text
    before = peak_memory(worker)
    for _ in range(3):
        assert len(server.get(f"{ADDRESS.prefix}/large").content) == size
    assert peak_memory(worker) - before < times * size


def peak_memory(process: str) -> int:
    """Return the most bytes of memory that a process has had."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
