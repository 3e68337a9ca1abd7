"""Whether two values mean the same to the API server.

The API server stores `1000m` of CPU as `1` and `0.1` as `100m`. The official plugin avoids a difference by
converting inputs to Go types and back (`clients.Normalize`); this plugin leaves inputs as written and
compares by meaning.
"""

import re
from decimal import Decimal
from typing import Any, Final

_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?")
"""The grammar of k8s.io/apimachinery/pkg/api/resource.Quantity."""

_FACTORS: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{
        unit: Decimal(1024) ** power
        for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)
    },
}

_QUANTITY_MAPS: Final = frozenset(
    {"limits", "requests", "hard", "capacity", "overhead", "max", "min", "default", "defaultRequest"}
)
_QUANTITY_FIELDS: Final = frozenset({"sizeLimit", "averageValue", "divisor"})

Path = tuple[str | int, ...]
"""The place of a value in an object: keys and list indices."""


def same_meaning(path: Path, one: Any, other: Any) -> bool:
    """Tell whether two scalars at that place are equal, resource quantities by amount."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if one == other:
        return True
    if not _is_quantity_place(path):
        return False
    first, second = amount(one), amount(other)
    return first is not None and first == second


def amount(value: Any) -> Decimal | None:
    """Return how much a resource quantity is (`500m` -> 0.5, `1Ki` -> 1024), or None for anything else."""
    if isinstance(value, int | float):
        return Decimal(str(value))
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number, suffix, exponent = match.groups()
    if exponent:
        return Decimal(number).scaleb(int(exponent))
    return Decimal(number) * _FACTORS.get(suffix, Decimal(1))


def _is_quantity_place(path: Path) -> bool:
    last = path[-1] if path else ""
    parent = path[-2] if len(path) > 1 else ""
    return parent in _QUANTITY_MAPS or last in _QUANTITY_FIELDS
