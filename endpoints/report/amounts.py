"""What pods request, what that costs, and how much of a quota it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


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
