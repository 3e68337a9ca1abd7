"""Servers that a test starts and that are gone when it ends."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.plan.address import Address
from endpoints.plan.server import HEALTH_PATH, Timing, container_command, server_environment
from endpoints.stack_file.endpoint import KEEP_ALIVE_SECONDS
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
        keep_alive_seconds: int = ...,
    ) -> ServerProcess:
        """Return the server that runs in `directory`; with `wait`, one that is healthy."""


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    servers: list[ServerProcess] = []

    def start(
        server: Wsgi | ServerCommand,
        environment: Mapping[str, str] | None = None,
        directory: Path = APPLICATIONS,
        limits: Mapping[str, str] | None = None,
        wait: bool = True,
        keep_alive_seconds: int = KEEP_ALIVE_SECONDS,
    ) -> ServerProcess:
        port = free_port()
        # The working directory of a test is not one of its own: no metadata file there.
        variables = server_environment(server, ADDRESS, port, limits or {}) | {"VALOHAI_METADATA": ""}
        log = tmp_path_factory.mktemp("server") / "log"
        timing = Timing(startup_seconds=60, keep_alive_seconds=keep_alive_seconds)
        command = [
            argument.replace("0.0.0.0", "127.0.0.1") for argument in container_command(server, port, timing)
        ]
        running = ServerProcess(command, port, {**variables, **(environment or {})}, directory, log)
        servers.append(running)
        if wait:
            running.wait_for_answer(HEALTH_PATH)
        return running

    yield start
    for running in servers:
        running.end()
