"""A registry that asks for a password, as several processes: builds push to one, a node pulls from another.

Only addresses of the loopback interface may be talked to without TLS, and each node has one of its own.
"""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcluster.layout import find_layout
from localcluster.processes.records import read_records
from localcluster.programs.system import system_programs_directory
from tests.cluster.deployments.kubectl import wait_until
from tests.serving.processes import free_port

USER, PASSWORD = "robot", "right"
_HASH = "$2b$12$HdD7nmQGLhFAcgbREt.ppOgskzAoVEpm4FFquy0rJRhc5SU3Y6OuK"
"""Of the password, by bcrypt."""


@dataclass(frozen=True)
class PrivateRegistry:
    address: str


@contextmanager
def private_registry(directory: Path, *connections: dict[str, Any]) -> Iterator[PrivateRegistry]:
    """Run the registry until the block ends, for the nodes of embedded clusters."""
    runtimes = [Path(found["builder"]["socket"].removeprefix("unix://")).parent for found in connections]
    nodes = [read_records(runtime)["containerd"].process.pid for runtime in runtimes]
    port = free_port()
    (directory / "htpasswd").write_text(f"{USER}:{_HASH}\n")
    settings = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(directory / "images")}},
        "auth": {"htpasswd": {"realm": "private", "path": str(directory / "htpasswd")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (directory / "registry.yaml").write_text(json.dumps(settings))
    program = system_programs_directory(find_layout().cache) / "usr/bin/docker-registry"
    serve = [str(program), "serve", str(directory / "registry.yaml")]
    commands = [serve, *(["nsenter", f"--net=/proc/{node}/ns/net", *serve] for node in nodes)]
    environment = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        wait_until(lambda: _asks_for_a_password(port), 20, "the private registry answers")
        yield PrivateRegistry(f"localhost:{port}")
    finally:
        for process in processes:
            process.terminate()
            process.wait(timeout=20)


def _asks_for_a_password(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=5)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 401
    except OSError:
        return False
    return False
