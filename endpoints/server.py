"""How an endpoint's server is started in its container, and how it ends."""

from collections.abc import Mapping

from endpoints.address import Address
from endpoints.manifest.models import ServerCommand, Wsgi
from endpoints.probe import DEFAULT_STARTUP_SECONDS, Probe

HEALTH_PATH = "/.valohai/health"
"""Path outside every prefix that `wsgi` servers answer with 200 once the application is imported."""

PRE_STOP_SECONDS = 5
"""How long a pod goes on serving after it was told to end, so that the router stops sending first."""

GRACE_PERIOD_SECONDS = 60
"""terminationGracePeriodSeconds of the pod: everything below has to fit into it."""

GRACEFUL_TIMEOUT_SECONDS = GRACE_PERIOD_SECONDS - PRE_STOP_SECONDS - 5
"""How long gunicorn waits for running requests; 5 s remain for the processes' own end."""

KEEP_ALIVE_SECONDS = 95
"""How long an idle connection stays open: longer than routers keep theirs."""


def container_command(server: Wsgi | ServerCommand, port: int, startup_seconds: int) -> tuple[str, ...]:
    """Return the container's command, escaped for Kubernetes."""
    raise NotImplementedError


def server_environment(
    server: Wsgi | ServerCommand,
    address: Address,
    port: int,
    limits: Mapping[str, str],
    commit: str | None = None,
) -> dict[str, str]:
    """Return the variables that a server is started with; the stack file's own are added by the plan."""
    raise NotImplementedError


def default_probe(server: Wsgi | ServerCommand, startup_seconds: int = DEFAULT_STARTUP_SECONDS) -> Probe:
    """Return how the server is probed where the stack file does not say."""
    if isinstance(server, Wsgi):
        return Probe("http", HEALTH_PATH, startup_seconds)
    return Probe("tcp", startup_seconds=startup_seconds)
