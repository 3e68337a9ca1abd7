"""How Kubernetes finds out that a server works."""

from collections.abc import Iterator
from typing import Literal

from endpoints.settings.model import Conflict, Model
from endpoints.settings.values import Count, UrlPath


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
