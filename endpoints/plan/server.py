"""What the container runs, how it is probed and how it ends."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from endpoints.cluster.quantities import amount
from endpoints.image.dockerfile import SERVING_DIRECTORY
from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.plan.address import Address
from endpoints.stack_file.endpoint import KEEP_ALIVE_SECONDS, Shutdown

LISTENING_SCRIPT = "/valohai/serving/listening.sh"
"""Where the image holds the script behind the probe kind `listening`."""

ProbeKind = Literal["http", "tcp", "listening"]


@dataclass(frozen=True)
class Probe:
    """How to ask a server whether it is there.

    `http` wants a 2xx or 3xx answer to GET `path` (absolute, the whole path as the server sees it). `tcp`
    connects and closes. `listening` looks up the container's port in the kernel's socket table without
    connecting, for servers that take every connection for a request, such as `python -m
    wsgiref.simple_server`, which ends after the first one.

    `startup_seconds` is how long the startup probe goes on trying before the container is restarted.
    """

    kind: ProbeKind
    path: str | None
    startup_seconds: int

    def __post_init__(self) -> None:
        if (self.path is not None) != (self.kind == "http"):
            raise ValueError(
                f"a probe of kind {self.kind} {'needs a' if self.kind == 'http' else 'has no'} path"
            )
        if self.path is not None and not self.path.startswith("/"):
            raise ValueError(f"the path of a probe begins with a slash, not {self.path!r}")
        if self.startup_seconds < 1:
            raise ValueError("a server needs at least one second to start")


def listening_command(port: int) -> tuple[str, ...]:
    """Return the command of an exec probe that succeeds while a server listens on the container's `port`.

    It fails with one line that says why, also when the server listens on the loopback interface only, where
    the router cannot reach it. It needs a POSIX shell and nothing else in the image.
    """
    return ("/bin/sh", LISTENING_SCRIPT, str(port))


HEALTH_PATH = "/.valohai/health"
"""Path at the port for health that `wsgi` servers answer by 200 while a worker has loaded the application.

`endpoints/serving/valohai_serving/supervision.py` answers it in the master, which no request keeps waiting.
"""

ALIVE_PATH = "/.valohai/alive"
"""Path at the port for health that `wsgi` servers answer by 200 while their master works."""

HEALTH_PORT = 9465
"""Where `wsgi` servers answer the kubelet's probes: the port after that of the metrics, or the next free."""

ACCESS_LOG_VARIABLE = "VALOHAI_ACCESS_LOG"
"""Tells the serving layer how to log requests; `valohai_serving` reads it."""

METRICS_VARIABLE = "VALOHAI_METRICS_PORT"
"""Tells the serving layer where to answer Prometheus; `valohai_serving` reads it."""

METRICS_PORT = 9464
"""Where `wsgi` servers answer Prometheus by default: the port that OpenTelemetry's exporters have for it."""

MOST_WORKERS = 4
"""Most gunicorn workers in a pod. Each holds the model in memory; replicas scale further than workers do."""

_THREAD_COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "RAYON_NUM_THREADS",
)


WsgiServer = Literal["gunicorn", "granian"]


@dataclass(frozen=True)
class Serving:
    """How a `wsgi` server runs; times are in seconds.

    It has `startup_seconds` to load the application. An idle connection is kept for `keep_alive_seconds`. A
    client that stands still in the middle of a request is let go after `client_seconds`, and a worker that
    is stuck is replaced after `worker_seconds`. `threads` requests are answered by a worker at a time; None
    leaves that to the server and to the project's gunicorn.conf.py.
    """

    startup_seconds: int
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS
    shutdown: Shutdown = field(default_factory=Shutdown)
    server: WsgiServer = "gunicorn"
    threads: int | None = None
    client_seconds: int = 30
    worker_seconds: int = 300
    health_port: int = HEALTH_PORT


def free_health_port(*taken: int | None) -> int:
    """Return the port for health, which is none of those that are `taken`."""
    return next(port for port in range(HEALTH_PORT, HEALTH_PORT + len(taken) + 1) if port not in taken)


def container_command(
    server: Wsgi | ServerCommand, port: int, serving: Serving, script: str | None = None
) -> tuple[str, ...]:
    """Return the container's command as a pod's manifest holds it.

    `wsgi` is served on `port` of all interfaces. The items of `server-command` become one argument each of a
    script that runs them in one shell; `serving` is not theirs. `script` is that script's text, for images
    that do not hold it; those of `wsgi` servers must hold the serving code.
    """
    start = ("/bin/sh", f"{SERVING_DIRECTORY}/start.sh")
    if isinstance(server, ServerCommand):
        commands = [escape_references(command) for command in server.commands]
        if script is None:
            return (*start, "/bin/sh", f"{SERVING_DIRECTORY}/server-command.sh", *commands)
        return ("/bin/sh", "-c", escape_references(_standalone(script)), "server-command", *commands)
    target = server.module if server.callable is None else f"{server.module}:{server.callable}"
    return (
        *start,
        "--python",
        f"{SERVING_DIRECTORY}/serve.py",
        f"--server={serving.server}",
        f"--port={port}",
        f"--health-port={serving.health_port}",
        *(() if serving.threads is None else (f"--threads={serving.threads}",)),
        f"--keep-alive={serving.keep_alive_seconds}",
        f"--startup-timeout={serving.startup_seconds}",
        f"--worker-timeout={serving.worker_seconds}",
        f"--client-timeout={serving.client_seconds}",
        f"--graceful-timeout={serving.shutdown.graceful_timeout_seconds}",
        escape_references(target),
    )


def _standalone(script: str) -> str:
    """Return a script without comments; in a foreign image the server's user often has no home of its own."""
    lines = [line for line in script.splitlines() if line and not line.startswith("#")]
    return "\n".join(['[ -w "${HOME:-/}" ] || export HOME=/tmp', *lines, ""])


def server_environment(
    server: Wsgi | ServerCommand,
    address: Address,
    port: int,
    limits: Mapping[str, str],
    commit: str | None = None,
    *,
    strips_prefix: bool = False,
) -> dict[str, str]:
    """Return the environment variables that a server is started with.

    `limits` are the container's, as Kubernetes quantities. From the CPU limit come the number of gunicorn
    workers (WEB_CONCURRENCY) and of threads in numeric libraries, which would otherwise go by the node's
    CPUs; without a limit there is one worker and the libraries are left alone. All but SCRIPT_NAME,
    VH_DEFAULT_PREFIX and PORT are defaults that a stack file's own variables may replace. `commit` goes
    into valohai-metadata.json.

    If the router `strips_prefix`, SCRIPT_NAME is absent: by the WSGI specification it is the beginning of the
    request's path, and gunicorn answers 500 to paths that begin otherwise. VH_DEFAULT_PREFIX stays, as what
    an application may put in front of its links; no server reads it by itself.
    """
    cpus = amount(limits.get("cpu"))
    workers = min(MOST_WORKERS, math.ceil(cpus)) if cpus and isinstance(server, Wsgi) else 1
    environment = {
        **({} if strips_prefix else {"SCRIPT_NAME": address.prefix}),
        "VH_DEFAULT_PREFIX": address.prefix,
        "PORT": str(port),
        "VALOHAI_METADATA": json.dumps(_metadata(address, commit)),
    }
    if isinstance(server, Wsgi):
        environment["WEB_CONCURRENCY"] = str(workers)
    if cpus:
        environment |= dict.fromkeys(_THREAD_COUNTS, str(max(1, int(cpus / workers))))
    return environment


def default_probe(
    server: Wsgi | ServerCommand, startup_seconds: int, connections_are_requests: bool = False
) -> Probe:
    """Return how a server is probed if the stack file does not say it.

    `wsgi` is asked for its health, other servers get a TCP connection. If `connections_are_requests`, which
    would end a server of one request, the port is looked up without a connection.
    """
    if isinstance(server, Wsgi):
        return Probe("http", HEALTH_PATH, startup_seconds)
    return Probe("listening" if connections_are_requests else "tcp", None, startup_seconds)


def escape_references(text: str) -> str:
    """Return `text` such that Kubernetes gives it to the container unchanged.

    In a container's command and environment Kubernetes replaces `$(NAME)` by that variable's value and `$$`
    by `$`, before any shell sees them: `echo $$(date) $(PORT)`.
    """
    return re.sub(r"\$(?=[$(])", "$$", text)


def _metadata(address: Address, commit: str | None) -> dict[str, object]:
    """Return valohai-metadata.json: of Valohai's own keys those that exist without its database."""
    owner = {"username": address.organization}
    project = {"name": address.project, "owner": owner}
    return {
        "deployment": {"name": address.deployment, "project": project},
        "version": {"name": address.version, "commit": {"identifier": commit} if commit else None},
        "endpoint": {"name": address.endpoint, "prefix": address.prefix},
        "project": project,
        "meta": {},
    }
