"""What tells one embedded cluster from another on the same machine: its network and its two ports."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from localcluster.atomic_write import write_atomically
from localcluster.errors import ClusterError
from localcluster.layout import Layout
from localcluster.node.network import Network, choose_network, routes_in_use
from localcluster.ports import choose_port, is_free
from localcluster.processes.records import read_records
from localcluster.processes.table import is_running

ROUTER_PORT = 8080
REGISTRY_PORT = 5000


@dataclass(frozen=True)
class Instance:
    """The claim of one cluster.

    Kept in the state directory, so that URLs and image names stay the same over restarts.
    """

    network_number: int
    router_port: int
    registry_port: int

    @property
    def network(self) -> Network:
        """The cluster's addresses."""
        return Network(self.network_number)

    @property
    def registry(self) -> str:
        """The registry's name in image references, the same on the machine and in the node."""
        return f"localhost:{self.registry_port}"


def load_instance(path: Path) -> Instance | None:
    """Read a claim; None when there is none."""
    try:
        return Instance(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def claim_instance(layout: Layout, environment: Mapping[str, str] = os.environ) -> Instance:
    """Choose network and ports and write the claim down; keeps the last ones where they are still free.

    The settings LOCALCLUSTER_ROUTER_PORT (default 8080) and LOCALCLUSTER_REGISTRY_PORT (default 5000) name
    the first port to try. Raises ClusterError when a process that is no embedded cluster holds a port.
    """
    with _machine_lock():
        runtimes = _other_runtimes(layout)
        others = [claim for runtime in runtimes if (claim := _live_claim(runtime))]
        pids = {record.process.pid for runtime in runtimes for record in read_records(runtime).values()}
        last = load_instance(layout.state / "instance.json")
        network = choose_network(
            routes_in_use(), {claim.network_number for claim in others}, last.network_number if last else None
        )

        def port(purpose: str, default: int, claimed: set[int], kept: int | None) -> int:
            wanted = _port_setting(f"LOCALCLUSTER_{purpose.upper()}_PORT", environment)
            if kept and wanted is None and kept not in claimed and is_free("127.0.0.1", kept):
                return kept
            first = default if wanted is None else wanted
            return choose_port(purpose, "127.0.0.1", first, claimed, is_cluster=lambda pid: pid in pids)

        instance = Instance(
            network_number=network.number,
            router_port=port(
                "router",
                ROUTER_PORT,
                {claim.router_port for claim in others},
                last.router_port if last else None,
            ),
            registry_port=port(
                "registry",
                REGISTRY_PORT,
                {claim.registry_port for claim in others},
                last.registry_port if last else None,
            ),
        )
        layout.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (layout.state, layout.runtime):
            write_atomically(directory / "instance.json", json.dumps(asdict(instance)))
        return instance


def _port_setting(name: str, environment: Mapping[str, str]) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ClusterError(
            f"the environment variable {name} is {text!r}: it must be a port number from 1 to 65535"
        )
    return int(text)


@contextlib.contextmanager
def exclusive(layout: Layout) -> Iterator[None]:
    """Let only one `up` or `down` of this cluster run at a time.

    Raises ClusterError when another one does.
    """
    path = layout.runtime / "lock"
    while True:
        layout.runtime.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise ClusterError(
                "another `python -m localcluster up` or `down` of this clone is running: wait until "
                "it has finished"
            ) from None
        # `down` removes the file: the lock counts only when it is on the file that has the name now.
        if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
            break
        os.close(descriptor)
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _machine_lock() -> Iterator[None]:
    """Serialise the choices of all clones; the directory itself is locked, so that no file is left behind."""
    descriptor = os.open("/run", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _other_runtimes(layout: Layout) -> list[Path]:
    return [path for path in sorted(layout.runtime.parent.glob("localcluster-*")) if path != layout.runtime]


def _live_claim(runtime: Path) -> Instance | None:
    """Give another cluster's claim while it runs or is being started."""
    if not any(is_running(record.process) for record in read_records(runtime).values()) and not _is_locked(
        runtime
    ):
        return None
    return load_instance(runtime / "instance.json")


def _is_locked(runtime: Path) -> bool:
    try:
        descriptor = os.open(runtime / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
