"""Projects that were written for other machines and other ways to be served."""

import socket
from pathlib import Path

import pytest

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import HEALTH_PATH, Serving, WsgiServer
from tests.serving.conftest import ADDRESS, APPLICATIONS, StartServer

SERVERS: tuple[WsgiServer, ...] = ("gunicorn", "granian")
SETTINGS_OF_A_MACHINE = """
daemon = True
user = "www-data"
group = "www-data"
pidfile = "/run/gunicorn.pid"
errorlog = "/var/log/gunicorn/error.log"
accesslog = "/var/log/gunicorn/access.log"
bind = "127.0.0.1:9999"
timeout = 1
preload_app = True
"""
FORGING = """
forwarded_allow_ips = "*"
header_map = "dangerous"
forwarder_headers = "SCRIPT_NAME,REMOTE_ADDR"
secure_scheme_headers = {"X-FORGED": "yes"}
"""
FORGED = {
    "REMOTE_ADDR": "198.51.100.1",
    "X-FORGED": "yes",
    "SCRIPT_NAME": "/acme",
    "X_FORWARDED_PROTO": "https",
}


def plain(directory: Path) -> Wsgi:
    (directory / "app.py").write_text((APPLICATIONS / "plain_wsgi.py").read_text())
    return Wsgi("app")


def test_gunicorns_settings_for_a_machine_do_not_matter_in_a_container(
    start_server: StartServer, tmp_path: Path
) -> None:
    application = plain(tmp_path)
    (tmp_path / "gunicorn.conf.py").write_text(SETTINGS_OF_A_MACHINE)
    server = start_server(application, directory=tmp_path)
    assert server.get(f"{ADDRESS.prefix}/where").status_code == 200
    server.wait_for_output(f'"GET {ADDRESS.prefix}/where HTTP/1.1" 200')
    for setting in ("daemon", "user", "group", "pidfile", "errorlog"):
        assert f"gunicorn's setting {setting} is left out: it has no meaning in a container" in server.output


@pytest.mark.parametrize("by", ["file", "arguments"])
def test_no_setting_lets_a_client_forge_what_the_router_tells(
    start_server: StartServer, tmp_path: Path, by: str
) -> None:
    application = plain(tmp_path)
    environment = {}
    if by == "file":
        (tmp_path / "gunicorn.conf.py").write_text(FORGING)
    else:
        options = "--header-map=dangerous --forwarder-headers=SCRIPT_NAME,REMOTE_ADDR --forwarded-allow-ips=*"
        environment = {"GUNICORN_CMD_ARGS": options}
    server = start_server(application, environment, tmp_path)
    path = f"{ADDRESS.prefix}/where"
    assert server.get(path, FORGED).json() == server.get(path).json()


NEEDS_MAIN_THREAD = {
    "signal": "import signal\ndef work(): signal.signal(signal.SIGUSR2, signal.SIG_IGN)",
    "event loop": "import asyncio\ndef work(): asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))",
    "sqlite3": "import sqlite3\nopened = sqlite3.connect(':memory:')\ndef work(): opened.execute('select 7')",
}


def working(directory: Path, code: str) -> Wsgi:
    (directory / "app.py").write_text(
        f"{NEEDS_MAIN_THREAD[code]}\n"
        "def app(environ, start_response):\n"
        "    work()\n"
        "    start_response('200 OK', [])\n"
        "    return [b'worked']\n"
    )
    return Wsgi("app")


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("code", NEEDS_MAIN_THREAD)
def test_code_that_needs_the_main_thread_is_told_how_to_get_it(
    start_server: StartServer, tmp_path: Path, name: WsgiServer, code: str
) -> None:
    server = start_server(working(tmp_path, code), directory=tmp_path, serving=Serving(60, server=name))
    assert server.get(ADDRESS.prefix).status_code == 500
    server.wait_for_output("set `threads: 1` for the endpoint in the stack file, with `server: gunicorn`")


@pytest.mark.parametrize("code", NEEDS_MAIN_THREAD)
def test_with_one_thread_requests_run_where_the_application_was_imported(
    start_server: StartServer, tmp_path: Path, code: str
) -> None:
    server = start_server(working(tmp_path, code), directory=tmp_path, serving=Serving(60, threads=1))
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    for _ in range(3):
        assert server.get(ADDRESS.prefix).text == "worked"
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize(
    ("call", "answer"), [("create_app()", "default"), ("create_app('own', greeting='hi')", "own hi")]
)
def test_a_function_that_makes_the_application_is_called(
    start_server: StartServer, tmp_path: Path, name: WsgiServer, call: str, answer: str
) -> None:
    (tmp_path / "app.py").write_text(
        "def create_app(name='default', greeting=''):\n"
        "    def app(environ, start_response):\n"
        "        start_response('200 OK', [])\n"
        "        return [f'{name} {greeting}'.strip().encode()]\n"
        "    return app\n"
    )
    server = start_server(Wsgi("app", call), directory=tmp_path, serving=Serving(60, server=name))
    assert server.get(ADDRESS.prefix).text == answer


@pytest.mark.parametrize("call", ["create_app(environ)", "create_app(", "missing()"])
def test_a_call_that_cannot_be_made_ends_the_server_with_a_sentence(
    start_server: StartServer, tmp_path: Path, call: str
) -> None:
    (tmp_path / "app.py").write_text("def create_app(): ...\n")
    server = start_server(Wsgi("app", call), directory=tmp_path, wait=False)
    assert server.wait_for_end() == 4
    assert "Traceback" not in server.output
    assert "valohai.yaml names" in server.output


@pytest.mark.parametrize("path", ["valohai_serving.py", "valohai_serving/__init__.py"])
def test_a_project_with_a_module_of_the_launchers_name_is_told_so(
    start_server: StartServer, tmp_path: Path, path: str
) -> None:
    application = plain(tmp_path)
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).touch()
    server = start_server(application, directory=tmp_path, wait=False)
    assert server.wait_for_end() == 4
    assert "that name is taken by the serving layer. Rename it." in server.output


@pytest.mark.parametrize("name", SERVERS)
def test_a_project_may_spawn_processes_of_its_own(
    start_server: StartServer, tmp_path: Path, name: WsgiServer
) -> None:
    (tmp_path / "app.py").write_text(
        "import multiprocessing\n"
        "import operator\n"
        "def app(environ, start_response):\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        found = pool.apply(operator.add, (3, 4))\n"
        "    start_response('200 OK', [])\n"
        "    return [str(found).encode()]\n"
    )
    server = start_server(Wsgi("app"), directory=tmp_path, serving=Serving(60, server=name))
    assert server.get(ADDRESS.prefix).text == "7"


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_all_interfaces_are_those_of_both_families(
    start_server: StartServer, tmp_path: Path, name: WsgiServer, address: str
) -> None:
    if address == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    server = start_server(
        plain(tmp_path), directory=tmp_path, wait=False, serving=Serving(60, server=name), host=""
    )
    server.wait_for_health()
    server.wait_for_answer(f"{ADDRESS.prefix}/where")
    host = f"[{address}]" if ":" in address else address
    answer = server.client.get(f"http://{host}:{server.port}{ADDRESS.prefix}/where")
    assert answer.json()["client"] == address
    # The kubelet asks at the pod's first address, of whichever family.
    assert server.client.get(f"http://{host}:{server.health_port}{HEALTH_PATH}").status_code == 200


def test_modules_are_found_where_gunicorns_pythonpath_says(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    plain(tmp_path / "src")
    server = start_server(Wsgi("app"), {"GUNICORN_CMD_ARGS": "--pythonpath=src"}, tmp_path)
    assert server.get(f"{ADDRESS.prefix}/where").status_code == 200


def test_python_may_be_told_not_to_look_beside_programs(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(plain(tmp_path), {"PYTHONSAFEPATH": "1"}, tmp_path)
    assert server.get(f"{ADDRESS.prefix}/where").status_code == 200


@pytest.mark.parametrize("name", SERVERS)
def test_a_file_that_flask_sends_arrives_whole(
    start_server: StartServer, tmp_path: Path, name: WsgiServer
) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights" * 100_000)
    (tmp_path / "app.py").write_text(
        "from flask import Flask, send_file\n"
        "app = Flask(__name__)\n"
        "@app.get('/model')\n"
        "def model(): return send_file('model.bin')\n"
    )
    server = start_server(Wsgi("app"), directory=tmp_path, serving=Serving(60, server=name))
    for _ in range(2):
        assert server.get(f"{ADDRESS.prefix}/model").content == b"weights" * 100_000
    server.wait_for_output(f'"GET {ADDRESS.prefix}/model HTTP/1.1" 200 700000')
