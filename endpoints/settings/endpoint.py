"""How one endpoint of a version is run."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from endpoints.settings.model import Model
from endpoints.settings.model_file import FileSettings
from endpoints.settings.values import SENSITIVE, Count, Environment, Percentage, UrlPath, rule


class Replicas(Model):
    """How many pods an endpoint may have: one is enough to serve, up to three more are added under load."""

    min: Count = 1
    max: Count = 4

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> Self:
        if self.min > self.max:
            raise rule(f"min {self.min} is above max {self.max}; lower min or raise max")
        return self


class ProbeSettings(Model):
    """How Kubernetes finds out that the server works.

    `kind` None means what fits the server: a health check for `wsgi`, TCP for `server-command`. `path` is for
    `http` alone and is relative to the endpoint's prefix. `startup_seconds` is how long a start may take: ten
    minutes, since models can be large.
    """

    kind: Literal["http", "tcp", "listening"] | None = None
    path: UrlPath | None = None
    startup_seconds: Count = 600

    @model_validator(mode="after")
    def _has_a_path_for_http_only(self) -> Self:
        if self.path is not None and self.kind != "http":
            raise rule("path is for probes by HTTP; add kind: http, or remove path")
        return self


class EndpointSettings(Model):
    """How one endpoint of a version is run.

    `cpu_utilization` is the percentage of the CPU request that the autoscaler aims at: 70 leaves room for the
    time that a new pod needs. `scale_down_seconds` is how long the load must have been lower before pods are
    taken away: Kubernetes' own 5 minutes. `timeout_seconds` is how long `pulumi up` waits for the endpoint.
    """

    replicas: Replicas = Replicas()
    cpu_utilization: Percentage = 70
    scale_down_seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] = 300
    files: Mapping[str, FileSettings] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    probe: ProbeSettings = ProbeSettings()
    timeout_seconds: Count = 600
