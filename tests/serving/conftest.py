"""Servers that a test starts and that are gone when it ends."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.plan.address import Address
from endpoints.plan.server import Serving, container_command, server_environment
from tests.serving.processes import ServerProcess, free_port

APPLICATIONS = Path(__file__).parent / "applications"
ADDRESS = Address("acme", "digits", "production", "20261101.0", "predict-digit")


class StartServer(Protocol):
    """Starts a server as `container_command` has it."""

    def __call__(
        self,
        server: Wsgi | ServerCommand,
        environment: Mapping[str, str] = ...,
        directory: Path = ...,
        limits: Mapping[str, str] = ...,
        wait: bool = ...,
        serving: Serving = ...,
        host: str = ...,
    ) -> ServerProcess:
        """Return the server that runs in `directory`; with `wait`, one that is healthy.

        `serving` and `host`, all interfaces where it is empty, are those of `wsgi`.
        """


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    servers: list[ServerProcess] = []

    def start(
        server: Wsgi | ServerCommand,
        environment: Mapping[str, str] | None = None,
        directory: Path = APPLICATIONS,
        limits: Mapping[str, str] | None = None,
        wait: bool = True,
        serving: Serving | None = None,
        host: str = "127.0.0.1",
    ) -> ServerProcess:
        port, health_port = free_port(), free_port()
        # The working directory of a test is not one of its own: no metadata file there.
        variables = server_environment(server, ADDRESS, port, limits or {}) | {"VALOHAI_METADATA": ""}
        log = tmp_path_factory.mktemp("server") / "log"
        chosen = replace(serving or Serving(startup_seconds=60), health_port=health_port)
        # Of `wsgi` the launcher is told; in a `server-command` the address is the project's own.
        command = [
            argument.replace("0.0.0.0", "127.0.0.1") for argument in container_command(server, port, chosen)
        ]
        if isinstance(server, Wsgi):
            command.insert(-1, f"--host={host}")
        running = ServerProcess(
            command, port, {**variables, **(environment or {})}, directory, log, health_port
        )
        servers.append(running)
        if wait:
            running.wait_for_health()
        return running

    yield start
    for running in servers:
        running.end()
