"""The numbers of a pod's end, which add up so that a rollout loses no request.

Kubernetes takes the pod out of the Service and at the same time begins to stop it. Routers notice a little
later, so for `pre_stop_seconds` the pod serves on as if nothing had happened. Then its server gets SIGTERM,
accepts nothing new and finishes running requests, for at most `graceful_timeout_seconds`. In the
`RESERVE_SECONDS` that remain gunicorn ends by force the workers that still run. When the grace period is
over, counted from the very beginning, Kubernetes kills whatever is left.
"""

from dataclasses import dataclass

PRE_STOP_SECONDS = 5
"""Default delay before SIGTERM. Traefik takes up to 2 s by default to stop sending; with 3 s and more no
request was lost in rollouts under load, with 1 s some were."""

GRACE_PERIOD_SECONDS = 60
"""Default of the pod's terminationGracePeriodSeconds: time for slow predictions, not so long that rollouts
hang."""

RESERVE_SECONDS = 5
"""What remains of the grace period when gunicorn gives up on running requests."""

ROUTER_IDLE_SECONDS = 90
"""How long a router keeps a connection that carries no request: Traefik 90 s, ingress-nginx and AWS'
application load balancer 60 s. Google's waits 600 s, for which the setting has to be raised."""

KEEP_ALIVE_SECONDS = ROUTER_IDLE_SECONDS + 5
"""Default of how long gunicorn keeps an idle connection. It must be longer than the router does, which would
otherwise send a request into a connection that is just being closed."""


@dataclass(frozen=True)
class Shutdown:
    """How a pod ends: seconds from the moment that it is told to.

    Raises ValueError if the grace period leaves no second for running requests.
    """

    pre_stop_seconds: int = PRE_STOP_SECONDS
    grace_period_seconds: int = GRACE_PERIOD_SECONDS

    def __post_init__(self) -> None:
        if self.graceful_timeout_seconds < 1:
            raise ValueError(f"{self} leaves no time for running requests")

    @property
    def graceful_timeout_seconds(self) -> int:
        """How long gunicorn waits for running requests."""
        return self.grace_period_seconds - self.pre_stop_seconds - RESERVE_SECONDS
