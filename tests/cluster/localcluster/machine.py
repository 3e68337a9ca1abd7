"""What a cluster could leave behind on the machine."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from localcluster.layout import Layout
from localcluster.node.control_groups import hierarchies
from localcluster.processes.table import identify
from localcluster.programs.system import SystemPrograms, system_programs_directory


@dataclass(frozen=True)
class Traces:
    """Everything on the machine that names one cluster, and what no cluster may change."""

    processes: frozenset[str]
    mounts: frozenset[str]
    interfaces: frozenset[str]
    routes: frozenset[str]
    control_groups: frozenset[str]
    runtime: frozenset[str]
    packet_filter: str
    forwarding: str


def traces(layout: Layout) -> Traces:
    """Look for the traces of one cluster; other clusters and programs come and go meanwhile."""
    marks = (str(layout.state), layout.identity)
    links = json.loads(_output(["ip", "-json", "link", "show"]))
    routes = _output(["ip", "route", "show"]).splitlines()
    own_links = frozenset(link["ifname"] for link in links if layout.identity in link["ifname"])
    return Traces(
        processes=frozenset(_processes(marks)),
        mounts=frozenset(_mounts(marks)),
        interfaces=own_links,
        routes=frozenset(route for route in routes if any(link in route for link in own_links)),
        control_groups=frozenset(_control_groups(layout)),
        runtime=frozenset(str(path) for path in Path("/run").glob(f"*{layout.identity}*")),
        packet_filter=_packet_filter(layout),
        forwarding=Path("/proc/sys/net/ipv4/ip_forward").read_text(),
    )


def _processes(marks: tuple[str, ...]) -> list[str]:
    """Find the processes whose command names the cluster, whatever they are: also shims and the pods' own."""
    found = []
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit() or int(directory.name) == os.getpid():
            continue
        try:
            text = (directory / "cmdline").read_bytes() + (directory / "cgroup").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(mark.encode() in text for mark in marks):
            found.append(text.replace(b"\0", b" ").decode(errors="replace"))
    return found


def _control_groups(layout: Layout) -> list[str]:
    return [str(path) for hierarchy in hierarchies() for path in hierarchy.glob(f"*{layout.identity}*")]


def pid_namespace(pid: int) -> str:
    """Name the pid namespace of a process."""
    return str(Path(f"/proc/{pid}/ns/pid").readlink())


def processes_in(namespace: str) -> list[str]:
    """Give the commands of all processes that run in a pid namespace, seen from outside it."""
    found = []
    for directory in Path("/proc").iterdir():
        # A dead process keeps its entry until the machine's init has collected it.
        if not directory.name.isdigit() or identify(int(directory.name)) is None:
            continue
        try:
            if str((directory / "ns/pid").readlink()) == namespace:
                found.append(
                    (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
        except OSError:
            continue  # it has ended meanwhile, or is not ours to look into
    return found


def _packet_filter(layout: Layout) -> str:
    """Give the machine's packet filter rules, without the counters that go on counting."""
    system = SystemPrograms(system_programs_directory(layout.cache))
    rules = subprocess.run(
        ["iptables-save"], env=system.environment(), capture_output=True, text=True, check=True
    ).stdout
    return "\n".join(line.partition(" [")[0] for line in rules.splitlines() if not line.startswith("#"))


def _mounts(marks: tuple[str, ...]) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line for line in lines if any(mark in line for mark in marks)]


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
