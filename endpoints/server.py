"""How an endpoint's server is started in its container, and in which numbers it ends.

The numbers of a pod's end add up, in this order. Kubernetes takes the pod out of the Service and at the
same time begins to stop it; routers notice a little later, so the pod first goes on serving
(`PRE_STOP_SECONDS`). Then the server gets SIGTERM, accepts nothing new and finishes running requests
(`GRACEFUL_TIMEOUT_SECONDS`). When `GRACE_PERIOD_SECONDS` are over since the beginning, what is left is
killed.
"""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal

from endpoints.address import Address
from endpoints.dockerfile import SERVING_DIRECTORY
from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.probe import Probe

HEALTH_PATH = "/.valohai/health"
"""Path, outside every prefix, that `wsgi` servers answer with 200 once the application is imported.

No route leads to it; `endpoints/serving/valohai_serving/wsgi.py` answers it.
"""

PRE_STOP_SECONDS = 5
"""How long a pod serves on after it was told to end. Traefik takes up to 2 s by default to stop sending; with
3 s and more no request was lost in rollouts under load, with 1 s some were."""

GRACE_PERIOD_SECONDS = 60
"""The pod's terminationGracePeriodSeconds: time for slow predictions, not so long that rollouts hang."""

GRACEFUL_TIMEOUT_SECONDS = GRACE_PERIOD_SECONDS - PRE_STOP_SECONDS - 5
"""How long gunicorn waits for running requests; 5 s remain to end its workers by force."""

KEEP_ALIVE_SECONDS = 95
"""How long gunicorn keeps an idle connection: longer than Traefik (90 s) and ingress-nginx (60 s) do, so that
a router never sends a request into a connection that is just being closed."""

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


def container_command(server: Wsgi | ServerCommand, port: int, startup_seconds: int) -> tuple[str, ...]:
    """Return the container's command as a pod's manifest holds it.

    `wsgi` is served by gunicorn on `port` of all interfaces; `startup_seconds` is the time that its worker
    may need to import the application. The items of `server-command` become one argument each of a script
    that runs them in one shell.
    """
    start = ("/bin/sh", f"{SERVING_DIRECTORY}/start.sh")
    if isinstance(server, ServerCommand):
        script = ("/bin/sh", f"{SERVING_DIRECTORY}/server-command.sh")
        return (*start, *script, *(escape_references(command) for command in server.commands))
    target = server.module if server.callable is None else f"{server.module}:{server.callable}"
    return (
        *start,
        "gunicorn",
        f"--config={SERVING_DIRECTORY}/gunicorn.conf.py",
        f"--bind=0.0.0.0:{port}",
        f"--keep-alive={KEEP_ALIVE_SECONDS}",
        f"--graceful-timeout={GRACEFUL_TIMEOUT_SECONDS}",
        # The master kills a worker that gives no sign of life for so long, as it does while it imports.
        f"--timeout={startup_seconds}",
        f"valohai_serving.application:load({target!r})",
    )


def server_environment(
    server: Wsgi | ServerCommand,
    address: Address,
    port: int,
    limits: Mapping[str, str],
    commit: str | None = None,
) -> dict[str, str]:
    """Return the environment variables that a server is started with.

    `limits` are the container's, as Kubernetes quantities. From the CPU limit come the number of gunicorn
    workers (WEB_CONCURRENCY) and of threads in numeric libraries, which would otherwise go by the node's
    CPUs; without a limit there is one worker and the libraries are left alone. All but SCRIPT_NAME,
    VH_DEFAULT_PREFIX and PORT are defaults that a stack file's own variables may replace. `commit` goes
    into valohai-metadata.json.
    """
    cpus = _cpus(limits["cpu"]) if "cpu" in limits else None
    workers = min(MOST_WORKERS, math.ceil(cpus)) if cpus and isinstance(server, Wsgi) else 1
    environment = {
        "SCRIPT_NAME": address.prefix,
        "VH_DEFAULT_PREFIX": address.prefix,
        "PORT": str(port),
        "VALOHAI_METADATA": json.dumps(_metadata(address, commit)),
    }
    if isinstance(server, Wsgi):
        environment["WEB_CONCURRENCY"] = str(workers)
    if cpus:
        environment |= dict.fromkeys(_THREAD_COUNTS, str(max(1, int(cpus / workers))))
    return environment


def default_probe(server: Wsgi | ServerCommand, startup_seconds: int) -> Probe:
    """Return how a server is probed where the stack file does not say: health for `wsgi`, TCP for others."""
    if isinstance(server, Wsgi):
        return Probe("http", HEALTH_PATH, startup_seconds)
    return Probe("tcp", None, startup_seconds)


def escape_references(text: str) -> str:
    """Return `text` such that Kubernetes gives it to the container unchanged.

    In a container's command and environment Kubernetes replaces `$(NAME)` by that variable's value and `$$`
    by `$`, before any shell sees them: `echo $$(date) $(PORT)`.
    """
    return re.sub(r"\$(?=[$(])", "$$", text)


def _cpus(quantity: str) -> Decimal:
    return Decimal(quantity[:-1]) / 1000 if quantity.endswith("m") else Decimal(quantity)


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
