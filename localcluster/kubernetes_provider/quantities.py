"""Whether two values mean the same to the API server.

The API server stores `1000m` of CPU as `1` and `0.1` as `100m`. The official plugin avoids a difference by
converting inputs to Go types and back (`clients.Normalize`); this plugin leaves inputs as written and
compares by meaning.
"""

from typing import Any, Final

from endpoints.quantities import amount

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


def _is_quantity_place(path: Path) -> bool:
    last = path[-1] if path else ""
    parent = path[-2] if len(path) > 1 else ""
    return parent in _QUANTITY_MAPS or last in _QUANTITY_FIELDS
