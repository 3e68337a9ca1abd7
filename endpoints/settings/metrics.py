"""Whether and how Prometheus reads an endpoint's metrics."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from endpoints.settings.model import Conflict, Model
from endpoints.settings.values import Count, Port, UrlPath


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
