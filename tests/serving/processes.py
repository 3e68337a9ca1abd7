"""Starts servers as a container does and talks to them over the loopback interface."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from endpoints.image.dockerfile import SERVING_DIRECTORY
from endpoints.plan.server import HEALTH_PATH, METRICS_VARIABLE

SERVING = Path(__file__).parents[2] / "endpoints" / "serving"
TIME_LIMIT = 30.0


def wait_until(
    condition: Callable[[], bool], otherwise: Callable[[], str], seconds: float = TIME_LIMIT
) -> None:
    """Return as soon as the condition holds; fail with the text of `otherwise` when the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise())
        time.sleep(0.02)


def free_port() -> int:
    """Return a TCP port that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def as_kubernetes_expands(argument: str, variables: Mapping[str, str]) -> str:
    """Return what a container gets for an argument of its command: `$(NAME)` is replaced, `$$` is `$`."""
    return re.sub(
        r"\$(?:(\$)|\(([^)]*)\))",
        lambda match: match[1] or variables.get(match[2], match[0]),
        argument,
    )


class ServerProcess:
    """A server in a process group of its own, with its output in a file."""

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        environment: Mapping[str, str],
        directory: Path,
        log: Path,
        health_port: int = 0,
    ) -> None:
        """Start `command`, a container's, with the image's serving directory replaced by the repository's."""
        self.port = port
        self.health_port = health_port
        self.metrics_port = int(environment.get(METRICS_VARIABLE, "0"))
        self.directory = directory
        self.log = log
        self.ended = False
        # One client for all requests, because it costs more to make than a request; a connection for each, as
        # a new caller has. Certificates are not loaded: there is no TLS here.
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=TIME_LIMIT,
            trust_env=False,
            verify=False,
        )
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    as_kubernetes_expands(argument, environment).replace(SERVING_DIRECTORY, str(SERVING))
                    for argument in command
                ],
                cwd=directory,
                env={"PATH": path, "HOME": str(directory), "PYTHONUNBUFFERED": "1", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """Everything that the server has written so far."""
        return self.log.read_text()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a GET request; redirects are not followed."""
        return self.client.get(path, headers=headers)

    def health(self, path: str = HEALTH_PATH) -> int:
        """Return the status of an answer of the port for health, which must come within a second."""
        return self.client.get(f"http://127.0.0.1:{self.health_port}{path}", timeout=1.0).status_code

    def wait_for_health(self) -> None:
        """Wait until the application is loaded; fail at once if the server ends."""
        self._wait_until(lambda: self.health() == 200, "the application is not loaded")

    def wait_for_output(self, text: str) -> None:
        """Wait until the server has written `text`."""
        wait_until(lambda: text in self.output, lambda: f"{text!r} is not in: {self.output}")

    def wait_for_answer(self, path: str) -> None:
        """Wait until the server answers `path` by 200; fail at once if it ends."""
        self._wait_until(lambda: self.get(path).status_code == 200, f"no answer at {path}")

    def _wait_until(self, condition: Callable[[], bool], otherwise: str) -> None:
        def holds() -> bool:
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.output}"
            try:
                return condition()
            except httpx.TransportError:
                return False

        wait_until(holds, lambda: f"{otherwise}: {self.output}")

    def wait_for_end(self) -> int:
        """Wait until the process has ended and return its status."""
        return self.process.wait(TIME_LIMIT)

    def terminate(self) -> None:
        """Send SIGTERM to the first process alone, as the kubelet does."""
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Kill whatever is left of the process group, once: its number may become another's."""
        if self.ended:
            return
        self.ended = True
        self.client.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(TIME_LIMIT)
