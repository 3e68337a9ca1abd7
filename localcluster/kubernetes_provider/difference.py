"""What an update would change (`Diff` and `convertPatchToDiff` in provider/pkg/provider/provider.go).

Recorded inputs are compared with new inputs, so an unchanged object costs no request. (The official plugin
compares with the recorded live object, pruned to the shape of the inputs; the two differ only where a
webhook or controller changed a field that the program sets before the object was recorded. A refresh shows
that in both.)
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from .property_paths import covers
from .quantities import Path, same_meaning
from .values import JsonObject, Unknown

_MISSING: Final = object()


class ChangeKind(Enum):
    """What happens to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """A property that differs."""

    kind: ChangeKind
    replaces: bool


@dataclass(frozen=True)
class Difference:
    """All properties that differ, by place. Empty: nothing to do."""

    changes: dict[Path, Change] = field(default_factory=dict)

    @property
    def replacing(self) -> list[Path]:
        """Return the places whose change needs a new object."""
        return [path for path, change in self.changes.items() if change.replaces]

    def without(self, ignored: list[Path]) -> "Difference":
        """Return the difference less the changes at or below the ignored places."""
        return Difference(
            {
                path: change
                for path, change in self.changes.items()
                if not any(covers(pattern, path) for pattern in ignored)
            }
        )


def compare(old: JsonObject, new: JsonObject, replacing: list[Path]) -> Difference:
    """Compare plain inputs; `new` may hold unknown values, which count as changed.

    `replacing` are the places whose change, or the change of anything below or above that touches them,
    replaces.
    """
    changes: dict[Path, Change] = {}
    _compare((), old, new, replacing, changes)
    return Difference(changes)


def _compare(path: Path, old: Any, new: Any, replacing: list[Path], changes: dict[Path, Change]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            _compare((*path, key), old.get(key, _MISSING), new.get(key, _MISSING), replacing, changes)
        return
    if isinstance(old, list) and isinstance(new, list):
        for i in range(max(len(old), len(new))):
            _compare((*path, i), _item(old, i), _item(new, i), replacing, changes)
        return
    kind = _change_kind(path, old, new)
    if kind is not None:
        touched = any(_touches(path, value, pattern) for pattern in replacing for value in (old, new))
        changes[path] = Change(kind, touched)


def _change_kind(path: Path, old: Any, new: Any) -> ChangeKind | None:
    if old is _MISSING:
        return ChangeKind.ADD
    if new is _MISSING:
        return ChangeKind.DELETE
    if not isinstance(new, Unknown) and same_meaning(path, old, new):
        return None
    return ChangeKind.UPDATE


def _item(values: list[Any], i: int) -> Any:
    return values[i] if i < len(values) else _MISSING


def _touches(path: Path, value: Any, pattern: Path) -> bool:
    """Tell whether a change of `value` at `path` changes what the pattern names."""
    if covers(pattern, path):
        return True
    if len(path) >= len(pattern) or not covers(pattern[: len(path)], path):
        return False
    return isinstance(value, Unknown) or _holds(value, pattern[len(path) :])


def _holds(value: Any, steps: Path) -> bool:
    if not steps:
        return value is not _MISSING
    if isinstance(value, dict):
        return steps[0] in value and _holds(value[str(steps[0])], steps[1:])
    if isinstance(value, list) and steps[0] == "*":
        return any(_holds(item, steps[1:]) for item in value)
    return False
