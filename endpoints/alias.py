"""Another name for a version in an endpoint's URL, and every name that follows from it."""

from dataclasses import dataclass, replace

from endpoints.address import Address
from endpoints.naming import dns_label, label_value


@dataclass(frozen=True)
class Alias:
    """An alias of a version, for one of its endpoints; `target` is where that is served.

    `name` must match `SEGMENT_PATTERN` and be no version's name (settings check that).
    """

    name: str
    target: Address

    @property
    def prefix(self) -> str:
        """The URL path: `/<organization>/<project>/<deployment>/<alias>/<endpoint>`, no trailing slash."""
        return replace(self.target, version=self.name).prefix

    @property
    def object_name(self) -> str:
        """The name of the alias's route in Kubernetes. It holds no version, so that a move is an update."""
        return dns_label((self.target.endpoint, "alias", self.name))

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the route: those of the target's objects, and the alias."""
        return {**self.target.labels, "valohai.com/alias": label_value(self.name)}

    def url(self, base_url: str) -> str:
        """Return the alias's URL below `base_url`, such as `https://models.acme.example`."""
        return base_url.rstrip("/") + self.prefix
