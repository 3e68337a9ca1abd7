"""Keys before a server of others: no request is lost when they change, however slowly it is answered."""

import importlib.util
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.proxy_image import push_proxy_image
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack
from tests.serving.processes import wait_until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        importlib.util.find_spec("envoy") is None,
        reason="the development requirements have Envoy for Linux on x86-64 alone",
    ),
]

NAMESPACE = "trial-proxied-production"
KEPT, OLD, NEXT = (f"partner-0123456789-s7357735{number}" for number in range(3))
SECRETS = {"kept-key": KEPT, "old-key": OLD, "next-key": NEXT}
MANIFEST = """
    - endpoint:
        name: proxied
        image: python:3.11-slim
        server-command: python server.py
        port: 8000
    """
SERVER = """
    import json, signal, threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    told_to_stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith("/slow"):
                print("slow begins", flush=True)
                told_to_stop.wait(60)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(dict(self.headers)).encode())

    server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
    server.daemon_threads = False

    def stop(*_):
        told_to_stop.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    server.serve_forever()
    server.server_close()
    """


def test_keys_of_a_server_command_are_replaced_without_a_failed_request_while_slow_answers_run(
    new_stack: Callable[[str], Stack],
    kubectl: Kubectl,
    connection: dict[str, Any],
    tmp_path: Path,
) -> None:
    push_proxy_image(int(connection["registry"].rpartition(":")[2]), tmp_path)
    stack = new_stack("proxied")
    project = write_project(tmp_path / "project", MANIFEST, server__py=SERVER)

    def configure(**keys: str) -> None:
        access = {"kind": "apiKeys", "keys": {name: {"secret": secret} for name, secret in keys.items()}}
        cors = {"origins": ["https://app.acme.example"]}
        settings = {"access": access, "cors": cors, "smokeRequest": {"contains": "x-vh-key"}}
        stack.configure(
            organization="trial",
            cluster={"kind": "embedded"},
            deployments=[deployment("proxied", project, proxied=settings)],
        )
        for name in keys.values():
            stack.set_secret(name, SECRETS[name])

    configure(stays="kept-key", leaves="old-key")
    shown = [stack.up().stdout]
    (summary,) = stack.outputs().values()
    url = str(summary["url"])
    assert request(url).status == 401
    assert request(url, headers={"X-API-Key": NEXT}).status == 401
    assert request(url, headers={"X-API-Key": OLD}).status == 200
    by_key = {"Authorization": f"Bearer {KEPT}"}
    answered = request(url, headers=by_key)
    assert json.loads(answered.body)["x-vh-key"] == "stays"
    assert KEPT not in answered.body
    assert stack.preview() == []

    configure(stays="kept-key", comes="next-key")
    with ThreadPoolExecutor() as threads, steady_requests(url, headers=by_key) as statuses:
        slow = threads.submit(request, f"{url}/slow", headers=by_key)
        wait_until(lambda: "slow begins" in logs(kubectl, "endpoint"), lambda: logs(kubectl, "endpoint"))
        shown.append(stack.up().stdout)
        # Its server answers when it is told to stop: the proxy is there until then.
        assert slow.result().status == 200
    assert set(statuses) == {200}, statuses
    assert request(url, headers={"X-API-Key": NEXT}).status == 200
    assert request(url, headers={"X-API-Key": OLD}).status == 401

    wait_until(lambda: ' comes "GET ' in logs(kubectl, "proxy"), lambda: logs(kubectl, "proxy"))
    shown += [
        stack.state(),
        stack.written(),
        logs(kubectl, "endpoint"),
        logs(kubectl, "proxy"),
        kubectl.run("get", "all,events", "--namespace", NAMESPACE, "-o", "json"),
    ]
    assert not [value for value in SECRETS.values() for text in shown if value in text]


def logs(kubectl: Kubectl, container: str) -> str:
    """Return what the containers of that name have said, in all pods."""
    selected = "--selector=valohai.com/endpoint=proxied"
    return kubectl.run("logs", "--namespace", NAMESPACE, selected, "--container", container, "--tail=-1")
