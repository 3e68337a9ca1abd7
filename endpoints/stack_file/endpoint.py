"""The settings of one endpoint."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from endpoints.stack_file.model import Conflict, Model
from endpoints.stack_file.scaling import Replicas, Scaling
from endpoints.stack_file.smoke_request import SmokeRequestSettings
from endpoints.stack_file.values import (
    SENSITIVE,
    Count,
    Environment,
    Flag,
    ImageReference,
    Port,
    Seconds,
    Sha256,
    Text,
    UrlPath,
    rule,
)

WEB_SCHEMES = ("https", "http")
"""Schemes that the image builder itself fetches."""

STORE_SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
"""Schemes of object stores: Amazon S3 and its relatives, Google Cloud Storage, Azure Blob Storage."""


def _is_uri(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    # Azure writes abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, which names nobody.
    if scheme in WEB_SCHEMES and "@" in rest.partition("/")[0]:
        # Begins otherwise than the rest: what was found must not be shown.
        raise rule("holds a user name or password; leave it out, since the URI is readable in the state")
    if not separator or scheme not in (*WEB_SCHEMES, *STORE_SCHEMES) or not re.fullmatch(r"[!-~]+", rest):
        schemes = ", ".join(f"{known}://" for known in (*WEB_SCHEMES, *STORE_SCHEMES))
        raise rule(f"allowed: a URI of {schemes} without blanks; for a file of this machine give path")
    if not rest.partition("/")[2] or rest.endswith("/"):
        raise rule("allowed: the URI of a file, such as s3://models/digits/model.npz")
    return value


Uri = Annotated[str, AfterValidator(_is_uri)]


class FileSettings(Model):
    """Where a model file of the manifest comes from.

    `path` is a local file, relative to Pulumi.yaml's directory; `uri` is the other choice. `sha256` is the
    expected digest in 64 hexadecimal digits; None means that any content is accepted.
    """

    path: Text | None = None
    uri: Uri | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.path is None) == (self.uri is None):
            raise rule("allowed: exactly one of path and uri")
        return self


class MetricsSettings(Model):
    """How Prometheus finds an endpoint's pods, and where they answer it.

    `scrape` is how it is told: by annotations of the pods, or by a PodMonitor of the Prometheus operator with
    `labels` that a Prometheus selects it by and `interval_seconds` between its requests (None: Prometheus'
    own). By default it is not told, and nothing is measured. `port` None is the launcher's own for `wsgi`; a
    `server-command` is asked only if its port is named. `path` is the whole path; the launcher answers any.
    """

    scrape: Literal["none", "annotations", "podMonitor"] = "none"
    port: Port | None = None
    path: UrlPath = "/metrics"
    labels: Mapping[str, str] = Field(default_factory=dict)
    interval_seconds: Count | None = None

    def conflicts(self) -> Iterator[Conflict]:
        """Find what only a PodMonitor has, unless an endpoint chose not to be asked at all."""
        if self.scrape == "podMonitor" or (self.scrape == "none" and "scrape" in self.model_fields_set):
            return
        for key, given in (("labels", self.labels), ("intervalSeconds", self.interval_seconds)):
            if given:
                text = f"{key} is for a PodMonitor; add scrape: podMonitor, or remove {key}"
                yield Conflict((key, "scrape"), text)


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


class ProbeSettings(Model):
    """How Kubernetes finds out that the server works.

    `kind` None means what fits the server: a health check for `wsgi`, TCP for `server-command`. `path` is for
    `http` alone and is relative to the endpoint's prefix. `startup_seconds` is how long a start may take: ten
    minutes, since models can be large.
    """

    kind: Literal["http", "tcp", "listening"] | None = None
    path: UrlPath | None = None
    startup_seconds: Count = 600

    def conflicts(self) -> Iterator[Conflict]:
        """Find a path that no probe would ask for."""
        if self.path is not None and self.kind != "http":
            yield Conflict(("path", "kind"), "path is for probes by HTTP; add kind: http, or remove path")


class Shutdown(Model):
    """How a pod ends, so that no request is lost.

    For `pre_stop_seconds` the pod serves on after it was told to end. Running requests have what remains of
    `grace_period_seconds`, five seconds less: raise it above the longest prediction.
    """

    pre_stop_seconds: Seconds = PRE_STOP_SECONDS
    grace_period_seconds: Count = GRACE_PERIOD_SECONDS

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


class EndpointDefaults(Model):
    """How every endpoint is run whose own settings do not say otherwise.

    `timeout_seconds` is how long `pulumi up` waits for the endpoint; after that it sends `smoke_request`, if
    there is one. Those from `keep_alive_seconds` on are for
    `wsgi` alone, since the server of a `server-command` has settings of its own: the server keeps a
    connection without a request for `keep_alive_seconds`, longer than the router does, and writes one line
    for each request in the form of `access_log`.
    """

    replicas: Replicas = Replicas()
    scaling: Scaling = Scaling()
    probe: ProbeSettings = ProbeSettings()
    shutdown: Shutdown = Shutdown()
    metrics: MetricsSettings = MetricsSettings()
    timeout_seconds: Count = 600
    smoke_request: SmokeRequestSettings | None = None
    keep_alive_seconds: Count = KEEP_ALIVE_SECONDS
    access_log: Literal["text", "json", "none"] = "text"
    server: Literal["gunicorn", "granian"] = Field(
        default="gunicorn",
        description="What serves `wsgi`: gunicorn, or Granian, which answers short requests faster",
    )
    threads: Count | None = Field(
        default=None,
        description="How many requests a worker of a WSGI application answers at a time: four, unless a"
        " gunicorn.conf.py of the project says otherwise. With `1` gunicorn runs them in the thread that"
        " imported the application. `wsgi` only",
    )
    client_timeout_seconds: Count = Field(
        default=30,
        description="How long a client may stand still in the middle of a request, or of its answer, before"
        " its connection is closed. `wsgi` only",
    )
    worker_timeout_seconds: Count = Field(
        default=300,
        description="How long a worker process may be stuck before it is replaced: an event loop (ASGI) that"
        " does not turn, or the only thread (`threads: 1`). Longer than the longest prediction. `wsgi` only",
    )


class EndpointSettings(EndpointDefaults):
    """How one endpoint is run; these are the keys that make no sense for all endpoints at once.

    `enabled` false leaves the endpoint out. `files` says where its model files come from, by their names in
    valohai.yaml. `image` is a ready image that runs in place of one that is built.
    """

    enabled: Flag = True
    image: ImageReference | None = None
    files: Mapping[str, FileSettings] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
