"""The probe that looks for a listening server without connecting to it."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from endpoints.image.dockerfile import SERVING_DIRECTORY
from endpoints.manifest.models import ServerCommand
from endpoints.plan.server import listening_command
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.processes import SERVING, TIME_LIMIT, free_port, wait_until


def probe(port: int, *hosts: str) -> subprocess.CompletedProcess[str]:
    """Run the probe as the kubelet would, in a pod whose /etc/hosts is the file `hosts` if that is given."""
    command = [argument.replace(SERVING_DIRECTORY, str(SERVING)) for argument in listening_command(port)]
    return subprocess.run([*command, *hosts], capture_output=True, text=True, timeout=TIME_LIMIT, env={})


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


KUBELETS_HOSTS = """\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
{}
# Entries added by HostAliases.
10.9.9.9\tdatabase
"""


def test_a_server_for_ipv4_is_found_if_the_pod_has_an_ipv4_address(tmp_path: Path) -> None:
    name = socket.gethostname()
    hosts = tmp_path / "hosts"
    with socket.socket() as server:
        server.bind(("", 0))
        server.listen()
        port = server.getsockname()[1]
        for addresses in (
            f"10.77.0.5\t{name}",
            f"10.77.0.5\t{name}\nfd00:77::5\t{name}",
            f"fd00:77::5\t{name}.acme.svc.cluster.local\t{name}\n10.77.0.5\t{name}.acme.svc.cluster.local\t{name}",
            "fd00:77::5\tanother",
            "",
        ):
            hosts.write_text(KUBELETS_HOSTS.format(addresses))
            assert (probe(port, str(hosts)).returncode, addresses) == (0, addresses)
        assert probe(port, str(tmp_path / "missing")).returncode == 0


@pytest.mark.parametrize("named", ["{0}", "{0}.acme.svc.cluster.local\t{0}"])
def test_a_server_for_ipv4_in_a_pod_that_has_ipv6_addresses_only_is_told_so(
    tmp_path: Path, named: str
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(KUBELETS_HOSTS.format(f"fd00:77::5\t{named.format(socket.gethostname())}"))
    with socket.socket() as server, socket.socket(socket.AF_INET6) as both:
        server.bind(("", 0))
        server.listen()
        port = server.getsockname()[1]
        result = probe(port, str(hosts))
        assert (result.returncode, result.stderr) == (
            1,
            f"the server listens on port {port} for IPv4 only, and the pod has IPv6 addresses only: "
            "bind it to ::\n",
        )
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        both.bind(("::", port))
        both.listen()
        assert probe(port, str(hosts)).returncode == 0, "it listens for each family by a socket of its own"


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
