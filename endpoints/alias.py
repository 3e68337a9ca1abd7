"""Another name for a version in an endpoint's URL, and every name that follows from it."""

from dataclasses import dataclass, replace

from endpoints.address import Address
from endpoints.naming import dns_label, label_value


@dataclass(frozen=True)
class Share:
    """A version's part in an alias: of all requests its weight divided by the sum of the weights.

    `takes_any_version` tells whether its server accepts the alias in the version's place of its prefix.
    """

    target: Address
    weight: int = 1
    takes_any_version: bool = True


@dataclass(frozen=True)
class Alias:
    """An alias of a version, for one of its endpoints; `shares` tell where that is served, at least once.

    `name` must match `SEGMENT_PATTERN` and be no version's name (settings check that).
    """

    name: str
    shares: tuple[Share, ...]

    @property
    def endpoint(self) -> str:
        """The endpoint that has this alias."""
        return self.shares[0].target.endpoint

    @property
    def prefix(self) -> str:
        """The URL path: `/<organization>/<project>/<deployment>/<alias>/<endpoint>`, no trailing slash."""
        return replace(self.shares[0].target, version=self.name).prefix

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace, that of the deployment."""
        return self.shares[0].target.namespace

    @property
    def object_name(self) -> str:
        """The name of the alias's route in Kubernetes. It holds no version, so that a move is an update."""
        return dns_label((self.endpoint, "alias", self.name))

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the route: the alias, and what its targets' objects have in common."""
        first, *others = (share.target.labels for share in self.shares)
        common = {
            key: value for key, value in first.items() if all(labels.get(key) == value for labels in others)
        }
        return {**common, "valohai.com/alias": label_value(self.name)}

    def url(self, base_url: str) -> str:
        """Return the alias's URL below `base_url`, such as `https://models.acme.example`."""
        return base_url.rstrip("/") + self.prefix
