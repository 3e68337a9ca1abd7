"""The settings of one endpoint."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from endpoints.stack_file.access import ApiKeyAccess, Cors
from endpoints.stack_file.images import FileSettings
from endpoints.stack_file.objects import ObjectSettings
from endpoints.stack_file.oidc import OidcAccess
from endpoints.stack_file.packages import PackageSettings
from endpoints.stack_file.placement import PlacementSettings
from endpoints.stack_file.scaling import Replicas, Scaling
from endpoints.stack_file.smoke_request import SmokeRequestSettings
from endpoints.stack_file.values import (
    SENSITIVE,
    Conflict,
    Count,
    Environment,
    Flag,
    ImageReference,
    Model,
    Port,
    Seconds,
    UrlPath,
)


class MetricsSettings(Model):
    """How Prometheus finds an endpoint's pods, and where they serve metrics."""

    scrape: Literal["none", "annotations", "podMonitor"] = Field(
        default="none",
        description="How Prometheus finds the pods: by `annotations`, or by a `podMonitor` of the "
        "Prometheus operator. `none`: it does not, and nothing is measured",
    )
    port: Port | None = Field(
        default=None,
        description="Port of the metrics. For `wsgi`, the default is 9464. For `server-command`, metrics "
        "are read only if it is set; it may be the `port` of valohai.yaml",
    )
    path: UrlPath = Field(
        default="/metrics",
        description="Path of the metrics, as the server sees it. The metrics server of `wsgi` accepts every "
        "path",
    )
    labels: Mapping[str, str] = Field(
        default_factory=dict, description="For `podMonitor`: labels by which a Prometheus selects it"
    )
    interval_seconds: Count | None = Field(
        default=None,
        description="For `podMonitor`: seconds between two reads. Without it, Prometheus' own default",
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find keys of a PodMonitor without one, unless an endpoint switches metrics off."""
        if self.scrape == "podMonitor" or (self.scrape == "none" and "scrape" in self.model_fields_set):
            return
        for key, given in (("labels", self.labels), ("intervalSeconds", self.interval_seconds)):
            if given:
                text = f"{key} is for a PodMonitor; add scrape: podMonitor, or remove {key}"
                yield Conflict((key, "scrape"), text)


class ProbeSettings(Model):
    """How Kubernetes checks that the server works."""

    kind: Literal["http", "tcp", "listening"] | None = Field(
        default=None,
        description="`http`: a request. `tcp`: a connection. `listening`: the port is looked up without a "
        "connection. Without it, a health check for `wsgi` and `tcp` for `server-command`",
    )
    path: UrlPath | None = Field(
        default=None, description="For `http`: a path below the endpoint's prefix that answers 2xx or 3xx"
    )
    startup_seconds: Count = Field(
        default=600,
        description="Seconds that a start may take before the container is restarted. Ten minutes, since "
        "models can be large",
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find a path that no probe would ask for."""
        if self.path is not None and self.kind != "http":
            yield Conflict(("path", "kind"), "path is for probes by HTTP; add kind: http, or remove path")


RESERVE_SECONDS = 5
"""What remains of the grace period when gunicorn gives up on running requests."""


class Shutdown(Model):
    """How a pod ends, so that no request is lost."""

    # Traefik takes up to 2 s by default to stop sending; with 3 s and more no request was lost in rollouts
    # under load, with 1 s some were.
    pre_stop_seconds: Seconds = Field(
        default=5,
        description="Seconds that a pod serves on after Kubernetes told it to stop. Routers need up to 2 s "
        "to stop sending requests",
    )
    grace_period_seconds: Count = Field(
        default=60,
        description="Seconds after which a pod that was told to stop is killed. Running requests have this "
        "time less `preStopSeconds` less 5: set it above the longest prediction",
    )

    @property
    def graceful_timeout_seconds(self) -> int:
        """How long gunicorn waits for running requests."""
        return self.grace_period_seconds - self.pre_stop_seconds - RESERVE_SECONDS

    def conflicts(self) -> Iterator[Conflict]:
        """Find a grace period that is over before running requests can finish."""
        least = self.pre_stop_seconds + RESERVE_SECONDS + 1
        if self.grace_period_seconds < least:
            text = (
                f"gracePeriodSeconds {self.grace_period_seconds} leaves running requests no time after"
                f" preStopSeconds {self.pre_stop_seconds}; allowed: {least} or more"
            )
            yield Conflict(("gracePeriodSeconds", "preStopSeconds"), text)


ROUTER_IDLE_SECONDS = 90
"""How long a router keeps a connection that carries no request: Traefik 90 s, ingress-nginx and AWS'
application load balancer 60 s. Google's waits 600 s, for which the setting has to be raised."""

KEEP_ALIVE_SECONDS = ROUTER_IDLE_SECONDS + 5
"""Default of how long gunicorn keeps an idle connection. It must be longer than the router does, which would
otherwise send a request into a connection that is just being closed."""


PROXY_IMAGE = "docker.io/envoyproxy/envoy:distroless-v1.40.0"
"""The official image of Envoy, of the release that the tests run."""


class EndpointDefaults(PlacementSettings, ObjectSettings, PackageSettings):
    """How every endpoint is run whose own settings do not say otherwise."""

    replicas: Replicas = Field(default=Replicas(), description="How many pods run")
    scaling: Scaling = Field(default=Scaling(), description="What the number of pods follows")
    probe: ProbeSettings = Field(
        default=ProbeSettings(), description="How Kubernetes checks that the server works"
    )
    shutdown: Shutdown = Field(default=Shutdown(), description="How much time a pod has to stop")
    metrics: MetricsSettings = Field(
        default=MetricsSettings(), description="Whether and how Prometheus reads the endpoint's metrics"
    )
    timeout_seconds: Count = Field(
        default=600, description="Seconds that `pulumi up` waits until the endpoint works"
    )
    smoke_request: SmokeRequestSettings | None = Field(
        default=None,
        description="A request that the endpoint must answer as expected before an alias leads to it",
    )
    prefix: Literal["keep", "strip"] = Field(
        default="keep",
        description="For `server-command`: `strip` if the router removes the prefix from paths, for servers "
        "that cannot serve under one, see [prefixes.md](prefixes.md#prefix-strip)",
    )
    access: Annotated[ApiKeyAccess | OidcAccess, Field(discriminator="kind")] | None = Field(
        default=None, description="Who may call the endpoint. Without it, everybody"
    )
    cors: Cors | None = Field(
        default=None,
        description="Which web pages of other origins may call the endpoint. Without it, the application "
        "decides",
    )
    proxy_image: ImageReference = Field(
        default=PROXY_IMAGE,
        description="Image of the proxy that sees to `access` and `cors` for servers other than that of "
        "`wsgi`, see [the proxy](stack-file.md#the-proxy). Name a copy in your registry if nodes cannot "
        "reach Docker Hub",
    )
    keep_alive_seconds: Count = Field(
        default=KEEP_ALIVE_SECONDS,
        description="For `wsgi`: seconds that the server keeps a connection without a request. It must be "
        "more than the router's idle time-out; Traefik's is 90",
    )
    access_log: Literal["text", "json", "none"] = Field(
        default="text",
        description="For `wsgi`, and for the proxy of `access` and `cors`: form of the line for each "
        "request, `text`, `json` or `none`",
    )
    server: Literal["gunicorn", "granian"] = Field(
        default="gunicorn",
        description="For `wsgi`: the server, `gunicorn` or `granian`, which answers short requests faster, "
        "see [serving.md](serving.md#gunicorn-or-granian)",
    )
    threads: Count | None = Field(
        default=None,
        description="For `wsgi`: requests that a worker of a WSGI application answers at a time. Without it, "
        "those of the project's gunicorn.conf.py, or 4. With `1`, gunicorn runs them in the thread that "
        "imported the application",
    )
    client_timeout_seconds: Count = Field(
        default=30,
        description="For `wsgi`: seconds after which a client is disconnected that stands still in the "
        "middle of a request or a response",
    )
    worker_timeout_seconds: Count = Field(
        default=300,
        description="For `wsgi`: seconds after which a worker is replaced whose event loop is stuck, or its "
        "only thread (`threads: 1`). It must be more than the longest prediction",
    )


class EndpointSettings(EndpointDefaults):
    """How one endpoint is run; the keys here make no sense for all endpoints at once."""

    enabled: Flag = Field(default=True, description="`false`: the endpoint is not deployed")
    image: ImageReference | None = Field(
        default=None,
        description="A ready image, which runs instead of a built one, see "
        "[images.md](images.md#a-ready-image)",
    )
    files: Mapping[str, FileSettings] = Field(
        default_factory=dict,
        description="Where the endpoint's model files come from, by their names in `files` of valohai.yaml",
    )
    environment: Environment = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Environment variables of the endpoint; they override all others",
    )
