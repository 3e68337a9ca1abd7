"""The probe that looks for a listening server without connecting to it."""

import socket
import subprocess
import sys

import httpx
import pytest

from endpoints.image.dockerfile import SERVING_DIRECTORY
from endpoints.manifest.models import ServerCommand
from endpoints.plan.server import listening_command
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import SERVING, TIME_LIMIT, free_port, wait_until


def probe(port: int) -> subprocess.CompletedProcess[str]:
    """Run the probe as the kubelet would."""
    command = [argument.replace(SERVING_DIRECTORY, str(SERVING)) for argument in listening_command(port)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, env={})


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, ""), (socket.AF_INET6, "::")])
def test_a_listening_server_is_found_and_not_connected_to(family: socket.AddressFamily, address: str) -> None:
    if family == socket.AF_INET6 and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        server.setblocking(False)
        result = probe(server.getsockname()[1])
        assert (result.returncode, result.stderr) == (0, "")
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET, "127.0.1.1"),
        (socket.AF_INET6, "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1"),
    ],
)
def test_a_server_on_the_loopback_interface_only_is_told_so(
    family: socket.AddressFamily, address: str
) -> None:
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        port = server.getsockname()[1]
        result = probe(port)
    assert result.returncode == 1
    assert result.stderr == (
        f"the server listens on port {port} of the loopback interface only: bind it to 0.0.0.0\n"
    )


def test_a_bound_socket_that_does_not_listen_is_no_server() -> None:
    with socket.socket() as bound:
        bound.bind(("", 0))
        port = bound.getsockname()[1]
        result = probe(port)
    assert (result.returncode, result.stderr) == (1, f"no server listens on port {port}\n")


def test_a_server_of_one_request_still_answers_after_the_probe(start_server: StartServer) -> None:
    """As `python -m wsgiref.simple_server`, whose port 8000 cannot be changed."""
    port = free_port()
    program = (
        "from wsgiref.simple_server import demo_app, make_server\n"
        f"make_server('', {port}, demo_app).handle_request()\n"
    )
    server = start_server(ServerCommand((f'{sys.executable} -c "{program}"',)), wait=False)
    wait_until(lambda: probe(port).returncode == 0, lambda: server.output)
    assert probe(port).returncode == 0
    answer = httpx.get(f"http://127.0.0.1:{port}{ADDRESS.prefix}", timeout=TIME_LIMIT)
    assert answer.text.startswith("Hello world!")
    assert f"VH_DEFAULT_PREFIX = '{ADDRESS.prefix}'" in answer.text
    assert server.wait_for_end() == 0
