"""Which pod a smoke request goes to."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from kubernetes import client

from endpoints.cluster.api import Api
from endpoints.plan.smoke_request import Expectation, SmokeRequest
from endpoints.rollout.smoke_request import NoAnswerError, PodTransport

READY = {"conditions": [{"type": "Ready", "status": "True"}]}
SILENT = "greet-silent"
STARTING = {"conditions": [{"type": "Ready", "status": "False"}]}
REQUEST = SmokeRequest("/", "GET", {}, Expectation(["2xx"]), 10, 0)

Asked = tuple[Api, list[str], list[dict[str, Any]]]


def pod(status: dict[str, Any], **metadata: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "greet-1", "creationTimestamp": "2026-11-01T00:00:00Z", **metadata},
        "spec": {"containers": [{"name": "greet"}]},
        "status": status,
    }


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Iterator[Asked]:
    """An API server, the paths that are asked for, and the pods that it lists.

    It is at the address of the loopback interface that a test names, or at that of IPv4. It forwards to no
    pod, and of the pod SILENT it does not even say so.
    """
    paths: list[str] = []
    pods: list[dict[str, Any]] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path.partition("?")[0])
            if f"/{SILENT}/" in self.path:
                ended.wait(60)
            body = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": pods}).encode()
            is_list = self.path.partition("?")[0].endswith("/pods")
            self.send_response(200 if is_list else 403)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Keep the tests' output clean."""

    address = getattr(request, "param", "127.0.0.1")

    class OfFamily(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

    with OfFamily((address, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        host = f"[{address}]" if ":" in address else address
        configuration = client.Configuration(host=f"http://{host}:{server.server_port}")
        with client.ApiClient(configuration) as connection:
            yield Api(connection), paths, pods
        ended.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "present",
    [pod(STARTING), pod({}), pod(READY, deletionTimestamp="2026-11-01T00:01:00Z")],
    ids=["starting", "pending", "ending"],
)
def test_a_pod_that_does_not_serve_or_will_not_go_on_is_passed_over(
    asked: Asked, present: dict[str, Any]
) -> None:
    api, paths, pods = asked
    pods.append(present)

    with pytest.raises(NoAnswerError, match="no pod is ready in the namespace acme"):
        PodTransport("http://greet", api, "acme", {"app": "greet"}, 8000).send(REQUEST)

    assert paths == ["/api/v1/namespaces/acme/pods"]


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("asked", ["::1"], indirect=True)
def test_an_api_server_may_have_an_ipv6_address(asked: Asked) -> None:
    api, paths, pods = asked
    pods.append(pod(READY))

    with pytest.raises(NoAnswerError, match="the API server does not forward the port"):
        PodTransport("http://greet", api, "acme", {"app": "greet"}, 8000).send(REQUEST)

    assert paths == ["/api/v1/namespaces/acme/pods", "/api/v1/namespaces/acme/pods/greet-1/portforward"]


def test_a_pod_is_asked_by_the_routers_host_which_may_be_an_ipv6_address(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, _, pods = asked
    pods.append(pod(READY))
    near, far = socket.socketpair()
    far.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    monkeypatch.setattr("endpoints.rollout.smoke_request.forwarded", lambda *_: contextlib.nullcontext(near))

    with near, far:
        transport = PodTransport("http://[2001:db8::7]:8080", api, "acme", {"app": "greet"}, 8000)
        assert transport.send(REQUEST).status == 204
        assert b"\r\nHost: [2001:db8::7]:8080\r\n" in far.recv(4096)


def test_of_several_ready_pods_the_newest_is_asked(asked: Asked) -> None:
    api, paths, pods = asked
    pods += [pod(READY), pod(READY, name="greet-2", creationTimestamp="2026-11-02T00:00:00Z")]

    with pytest.raises(NoAnswerError, match="the API server does not forward"):
        PodTransport("http://greet", api, "acme", {"app": "greet"}, 8000).send(REQUEST)

    assert paths[1:] == ["/api/v1/namespaces/acme/pods/greet-2/portforward"]


def test_an_api_server_that_does_not_open_the_way_is_given_up_in_time(asked: Asked) -> None:
    api, _, pods = asked
    pods.append(pod(READY, name=SILENT))

    with pytest.raises(NoAnswerError, match=r"none within 0\.3 s"):
        PodTransport("http://greet", api, "acme", {"app": "greet"}, 8000).send(
            replace(REQUEST, timeout_seconds=0.3)
        )
