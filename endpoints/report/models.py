"""What a report tells, before it is text."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Literal

from endpoints.report.preview import Operation


@dataclass(frozen=True)
class Capacity:
    """What pods request: `cpu` in CPUs, `memory` in bytes."""

    cpu: Decimal = Decimal(0)
    memory: Decimal = Decimal(0)

    def __add__(self, other: "Capacity") -> "Capacity":
        return Capacity(self.cpu + other.cpu, self.memory + other.memory)

    def __sub__(self, other: "Capacity") -> "Capacity":
        return Capacity(self.cpu - other.cpu, self.memory - other.memory)

    def __mul__(self, pods: int) -> "Capacity":
        return Capacity(self.cpu * pods, self.memory * pods)


@dataclass(frozen=True)
class Demand:
    """What is requested always (as many pods as there are at least), and at most."""

    always: Capacity = Capacity()
    most: Capacity = Capacity()

    def __add__(self, other: "Demand") -> "Demand":
        return Demand(self.always + other.always, self.most + other.most)


@dataclass(frozen=True)
class Share:
    """How much of one of a quota's limits pods use, always and at most, before and after the update."""

    always: tuple[Decimal, Decimal]
    most: tuple[Decimal, Decimal]
    hard: Decimal


@dataclass(frozen=True)
class NamespaceUse:
    """How much of a namespace's quota its pods use, by the quota's names.

    `limits` are those that hold for each endpoint or container alone, in words.
    """

    namespace: str
    shares: Mapping[str, Share]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """What a month of 730 hours costs before and after, at least and at most."""

    currency: str
    always: tuple[Decimal, Decimal]
    most: tuple[Decimal, Decimal]


class Kind(Enum):
    """What happens to an endpoint, in the words of the report."""

    REMOVED = "removed"
    NEW = "new"
    MOVED = "moved to the other cluster"
    IMAGE = "new image"
    SETTINGS = "settings"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class EndpointState:
    """An endpoint before or after the update.

    `declared` is what one pod asks for by a quota's names, `requests.cpu` and so on; what it leaves open is
    absent.
    """

    namespace: str
    minimum: int
    maximum: int
    declared: Mapping[str, Decimal]

    @property
    def requests(self) -> Capacity:
        """What one pod requests."""
        nothing = Decimal(0)
        return Capacity(*(self.declared.get(f"requests.{name}", nothing) for name in ("cpu", "memory")))

    @property
    def demand(self) -> Demand:
        """What all its pods request."""
        return Demand(self.requests * self.minimum, self.requests * self.maximum)


Mark = Literal["new", "changed", "removed", ""]
"""How a change is coloured; empty for what stays as it is."""


@dataclass(frozen=True)
class _Addressed:
    """Something that has an address: `organization/project/deployment/version/endpoint`.

    `address` has no leading slash; that of an alias has the alias in the version's place.
    """

    address: str

    @property
    def deployment(self) -> str:
        """The first three parts: the deployment's own address."""
        return self.address.rsplit("/", 2)[0]

    @property
    def version(self) -> str:
        """The fourth part: the version, or the alias."""
        return self.address.split("/")[-2]

    @property
    def endpoint(self) -> str:
        """The last part: the endpoint's name."""
        return self.address.rpartition("/")[2]


@dataclass(frozen=True)
class EndpointChange(_Addressed):
    """What happens to one endpoint.

    `details` say in words which settings differ. `restarts` tells whether its pods are replaced;
    `is_interrupted` whether it answers nothing meanwhile; `is_asked` whether it is sent its smoke request.
    """

    url: str
    kinds: tuple[Kind, ...]
    details: tuple[str, ...]
    before: EndpointState | None
    after: EndpointState | None
    restarts: bool
    is_interrupted: bool
    is_asked: bool

    @property
    def has_changes(self) -> bool:
        """Whether anything happens to it."""
        return Kind.UNCHANGED not in self.kinds

    @property
    def mark(self) -> Mark:
        """How it is coloured."""
        marks: dict[Kind, Mark] = {Kind.NEW: "new", Kind.REMOVED: "removed", Kind.UNCHANGED: ""}
        return marks.get(self.kinds[0], "changed")


@dataclass(frozen=True)
class AliasChange(_Addressed):
    """An alias of one endpoint: where it leads before and after, by version with its weight in percent.

    `operation` is a replacement where it goes to another cluster with its endpoint.
    """

    url: str
    operation: Operation
    before: Mapping[str, int]
    after: Mapping[str, int]

    @property
    def has_changes(self) -> bool:
        """Whether anything happens to it."""
        return self.operation is not Operation.SAME

    @property
    def mark(self) -> Mark:
        """How it is coloured."""
        marks: dict[Operation, Mark] = {
            Operation.CREATE: "new",
            Operation.DELETE: "removed",
            Operation.SAME: "",
        }
        return marks.get(self.operation, "changed")


@dataclass(frozen=True)
class Loss:
    """Something that is destroyed, in words; a `total` one takes everything in a namespace with it."""

    text: str
    total: bool


@dataclass(frozen=True)
class Report:
    """Everything about one preview, in the order in which it is told.

    `others` are changes that belong to no endpoint and no alias; `before` and `after` are the stack's sums.
    """

    stack: str
    errors: tuple[str, ...]
    losses: tuple[Loss, ...]
    endpoints: tuple[EndpointChange, ...]
    aliases: tuple[AliasChange, ...]
    others: tuple[str, ...]
    before: Demand
    after: Demand
    cost: Cost | None
    namespaces: tuple[NamespaceUse, ...]
    advice: tuple[str, ...]

    @property
    def has_changes(self) -> bool:
        """Whether an update would do anything."""
        anything = (change.has_changes for change in self.changes)
        return bool(self.errors or self.losses or self.others) or any(anything)

    @property
    def changes(self) -> tuple[EndpointChange | AliasChange, ...]:
        """What happens to endpoints and aliases, unchanged ones included."""
        return (*self.endpoints, *self.aliases)
