"""How one endpoint of a version is run."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from endpoints.settings.metrics import MetricsSettings
from endpoints.settings.model import Model
from endpoints.settings.model_file import FileSettings
from endpoints.settings.probe import ProbeSettings
from endpoints.settings.scaling import Replicas, Scaling
from endpoints.settings.shutdown import ShutdownSettings
from endpoints.settings.smoke_request import SmokeRequestSettings
from endpoints.settings.values import SENSITIVE, Count, Environment, Flag, ImageReference
from endpoints.shutdown import KEEP_ALIVE_SECONDS


class EndpointDefaults(Model):
    """How every endpoint is run whose own settings do not say otherwise.

    `timeout_seconds` is how long `pulumi up` waits for the endpoint; after that it sends `smoke_request`, if
    there is one. The last two are for `wsgi` alone, since
    the server of a `server-command` has settings of its own: gunicorn keeps a connection without a request
    for `keep_alive_seconds`, longer than the router does, and writes one line for each request in the form
    of `access_log`.
    """

    replicas: Replicas = Replicas()
    scaling: Scaling = Scaling()
    probe: ProbeSettings = ProbeSettings()
    shutdown: ShutdownSettings = ShutdownSettings()
    metrics: MetricsSettings = MetricsSettings()
    timeout_seconds: Count = 600
    smoke_request: SmokeRequestSettings | None = None
    keep_alive_seconds: Count = KEEP_ALIVE_SECONDS
    access_log: Literal["text", "json", "none"] = "text"


class EndpointSettings(EndpointDefaults):
    """How one endpoint is run; these are the keys that make no sense for all endpoints at once.

    `enabled` false leaves the endpoint out. `files` says where its model files come from, by their names in
    valohai.yaml. `image` is a ready image that runs in place of one that is built.
    """

    enabled: Flag = True
    image: ImageReference | None = None
    files: Mapping[str, FileSettings] = Field(default_factory=dict)
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
