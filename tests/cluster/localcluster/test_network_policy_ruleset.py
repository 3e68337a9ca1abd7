"""The rendered rules in a real kernel, for IPv4 and for IPv6, which the cluster's pods do not have.

Network namespaces play the node and its pods, cabled as the network plugin `ptp` does it; no cluster runs.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from localcluster.layout import find_layout
from localcluster.network_policy.objects import Pod, Policy
from localcluster.network_policy.rules import isolations
from localcluster.network_policy.ruleset import ruleset
from localcluster.programs.system import SystemPrograms, system_programs_directory
from tests.cluster.localcluster.cluster import await_true
from tests.cluster.localcluster.isolated_pods import CONNECT

pytestmark = pytest.mark.cluster

NAMES = ("server", "friend", "stranger", "unknown")
ADDRESSES = {
    "ipv4": {name: f"10.0.0.{number}" for number, name in enumerate(NAMES, start=11)},
    "ipv6": {name: f"fd00::{number}" for number, name in enumerate(NAMES, start=11)},
}
GATEWAYS = {"ipv4": "169.254.1.1", "ipv6": "fe80::1"}
SERVE = (
    "import socket, time\n"
    "s = [socket.create_server(('::', port), family=socket.AF_INET6, dualstack_ipv6=True)\n"
    "     for port in (8000, 8001)]\n"
    "print('listening', flush=True); time.sleep(300)\n"
)
BOUND = (
    "import socket, sys\n"
    "try: socket.create_connection((sys.argv[1], 8000), 2, source_address=(sys.argv[2], 0)); print('open')\n"
    "except TimeoutError: print('silent')\n"
)


@dataclass(frozen=True)
class Network:
    """A node and its pods, by the process that holds each one's network."""

    node: int
    pods: dict[str, int]

    def inside(self, pid: int, *command: str, text: str | None = None) -> str:
        """Run a command in a network, and give its output."""
        system = SystemPrograms(system_programs_directory(find_layout().cache))
        finished = subprocess.run(
            ["nsenter", f"--net=/proc/{pid}/ns/net", *command],
            input=text,
            env={**os.environ, **system.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, f"{command}: {finished.stderr}"
        return finished.stdout

    def attempts(self, name: str, *targets: str) -> list[str]:
        return self.inside(self.pods[name], sys.executable, "-c", CONNECT, *targets).split()

    def enforce(self, *specs: dict[str, Any]) -> None:
        """Give the kernel the rules of these policies; the pod `unknown` is not known to them."""
        pods = [
            Pod(
                name,
                "team",
                name,
                {"name": name},
                tuple(ip_address(ADDRESSES[family][name]) for family in ADDRESSES),
                {("http", "TCP"): 8000},
            )
            for name in NAMES
            if name != "unknown"
        ]
        policies = [Policy("team", "tested", {"podSelector": {}, **spec}) for spec in specs]
        text = ruleset(pods, isolations(pods, {"team": {}}, policies))
        self.inside(self.node, "nft", "-f", "-", text=text)


@contextmanager
def own_network() -> Iterator[int]:
    """Give a process that holds a network namespace of its own."""
    with subprocess.Popen(["unshare", "--net", "sleep", "600"]) as process:
        machine, own = (Path(f"/proc/{pid}/ns/net") for pid in ("self", process.pid))
        await_true(lambda: own.readlink() != machine.readlink(), "the network exists")
        yield process.pid
        process.kill()


@pytest.fixture(scope="module")
def network(tools_are_built: None) -> Iterator[Network]:  # noqa: ARG001 - skips where nothing is built
    with ExitStack() as stack:
        node = stack.enter_context(own_network())
        network = Network(node, {name: stack.enter_context(own_network()) for name in NAMES})
        settings = "echo 1 > /proc/sys/net/ipv4/ip_forward; cd /proc/sys/net/ipv6/conf; " + "; ".join(
            f"echo {value} > {setting}"
            for setting, value in (("all/forwarding", 1), ("default/accept_dad", 0))
        )
        network.inside(node, "sh", "-c", settings)
        for name, pid in network.pods.items():
            _connect(network, name, pid)
        server = [sys.executable, "-c", SERVE]
        process = stack.enter_context(
            subprocess.Popen(
                ["nsenter", f"--net=/proc/{network.pods['server']}/ns/net", *server], stdout=subprocess.PIPE
            )
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        yield network


def _connect(network: Network, name: str, pid: int) -> None:
    cable = f"veth{name}"
    ends = ("netns", str(network.node), "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    subprocess.run(["ip", "link", "add", cable, *ends], check=True)
    network.inside(pid, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad")
    network.inside(pid, "ip", "link", "set", "eth0", "up")
    network.inside(network.node, "ip", "link", "set", cable, "up")
    for family, width in (("ipv4", 32), ("ipv6", 128)):
        kind, address, gateway = f"-{family[-1]}", ADDRESSES[family][name], GATEWAYS[family]
        prefix = 64 if family == "ipv6" else 32
        network.inside(network.node, "ip", "address", "add", f"{gateway}/{prefix}", "dev", cable)
        network.inside(network.node, "ip", kind, "route", "add", address, "dev", cable)
        network.inside(pid, "ip", "address", "add", f"{address}/{width}", "dev", "eth0")
        network.inside(pid, "ip", kind, "route", "add", "default", "via", gateway, "dev", "eth0", "onlink")


@pytest.fixture(params=list(ADDRESSES))
def server(request: pytest.FixtureRequest, network: Network) -> str:  # noqa: ARG001 - comes first
    """The server's address, of either family."""
    return ADDRESSES[request.param]["server"]


def test_pods_that_are_known_reach_each_other_and_unknown_ones_nobody(network: Network, server: str) -> None:
    network.enforce()
    assert network.attempts("friend", f"{server}:8000") == ["open"]
    assert network.attempts("unknown", f"{server}:8000") == ["silent"]


def test_nobody_gets_an_answer_from_an_unknown_pod(network: Network, server: str) -> None:
    network.enforce()
    family = "ipv6" if ":" in server else "ipv4"
    assert network.attempts("friend", f"{ADDRESSES[family]['unknown']}:8000") == ["silent"]


def test_only_the_permitted_pod_reaches_the_permitted_port(network: Network, server: str) -> None:
    rule = {"from": [{"podSelector": {"matchLabels": {"name": "friend"}}}], "ports": [{"port": "http"}]}
    network.enforce({"podSelector": {"matchLabels": {"name": "server"}}, "ingress": [rule]})
    assert network.attempts("friend", f"{server}:8000", f"{server}:8001") == ["open", "prohibited"]
    assert network.attempts("stranger", f"{server}:8000") == ["prohibited"]


def test_a_range_without_an_exception_is_all_that_a_pod_reaches(network: Network, server: str) -> None:
    prefix = "fd00::/64" if ":" in server else "10.0.0.0/8"
    width = server + ("/128" if ":" in server else "/32")
    network.enforce({"policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": prefix}}]}]})
    assert network.attempts("friend", f"{server}:8000") == ["open"]
    excepted = {"ipBlock": {"cidr": prefix, "except": [width]}}
    network.enforce({"policyTypes": ["Egress"], "egress": [{"to": [excepted]}]})
    assert network.attempts("friend", f"{server}:8000") == ["prohibited"]


def test_everywhere_means_everywhere_of_one_family(network: Network, server: str) -> None:
    own, other = ("::/0", "0.0.0.0/0") if ":" in server else ("0.0.0.0/0", "::/0")
    for cidr, expected in ((own, "open"), (other, "prohibited")):
        network.enforce({"policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": cidr}}]}]})
        assert network.attempts("friend", f"{server}:8000") == [expected]


def test_a_port_range_is_open_from_end_to_end(network: Network, server: str) -> None:
    network.enforce({"ingress": [{"ports": [{"port": 7999, "endPort": 8000}]}]})
    assert network.attempts("stranger", f"{server}:8000", f"{server}:8001") == ["open", "prohibited"]


def test_the_node_reaches_its_pods_whatever_the_policies(network: Network, server: str) -> None:
    network.enforce({"policyTypes": ["Ingress", "Egress"]})
    said = network.inside(network.node, sys.executable, "-c", CONNECT, f"{server}:8000")
    assert said.split() == ["open"]


def test_a_pod_cannot_speak_as_another(network: Network, server: str) -> None:
    network.enforce()
    family, width = ("ipv6", 128) if ":" in server else ("ipv4", 32)
    borrowed = f"{ADDRESSES[family]['stranger']}/{width}"
    pid = network.pods["friend"]
    network.inside(pid, "ip", "address", "add", borrowed, "dev", "eth0", *(["nodad"] if width == 128 else []))
    try:
        arguments = (server, ADDRESSES[family]["stranger"])
        assert network.inside(pid, sys.executable, "-c", BOUND, *arguments).split() == ["silent"]
    finally:
        network.inside(pid, "ip", "address", "delete", borrowed, "dev", "eth0")


def test_a_pod_reaches_the_node_only_where_a_policy_permits(network: Network) -> None:
    network.enforce()
    target = f"{GATEWAYS['ipv4']}:9"
    assert network.attempts("friend", target) == ["ConnectionRefusedError"]
    network.enforce({"policyTypes": ["Egress"]})
    assert network.attempts("friend", target) == ["prohibited"]


def test_the_nodes_link_local_address_is_closed(network: Network) -> None:
    network.enforce()
    assert network.attempts("friend", "fe80::1%eth0:9") == ["silent"]
