"""How one endpoint of a version is run."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from endpoints.settings.model import Conflict, Model
from endpoints.settings.model_file import FileSettings
from endpoints.settings.values import SENSITIVE, Count, Environment, Flag, Percentage, UrlPath


class Replicas(Model):
    """How many pods an endpoint may have: one is enough to serve, up to three more are added under load."""

    min: Count = 1
    max: Count = 4

    def conflicts(self) -> Iterator[Conflict]:
        """Find a minimum above the maximum."""
        if self.min > self.max:
            text = f"min {self.min} is above max {self.max}; lower min or raise max"
            yield Conflict(("min", "max"), text)


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


class EndpointDefaults(Model):
    """How every endpoint is run whose own settings do not say otherwise.

    `cpu_utilization` is the percentage of the CPU request that the autoscaler aims at: 70 leaves room for the
    time that a new pod needs. `scale_down_seconds` is how long the load must have been lower before pods are
    taken away: Kubernetes' own 5 minutes. `timeout_seconds` is how long `pulumi up` waits for the endpoint.
    """

    replicas: Replicas = Replicas()
    cpu_utilization: Percentage = 70
    scale_down_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 300
    probe: ProbeSettings = ProbeSettings()
    timeout_seconds: Count = 600


class EndpointSettings(EndpointDefaults):
    """How one endpoint is run; these are the keys that make no sense for all endpoints at once.

    `enabled` false leaves the endpoint out. `files` says where its model files come from, by their names in
    valohai.yaml.
    """

    enabled: Flag = True
    files: Mapping[str, FileSettings] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
