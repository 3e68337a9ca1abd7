"""Fields that the program told the engine to ignore (`handleSSAIgnoreFields` in await/await.go).

Such a field must not be sent with the program's value. If others own it, it is left out, so that they keep
it; if we own it too, leaving it out would remove it, so the live value is sent.
"""

from collections.abc import Iterable
from typing import Any, Final

from .field_ownership import owners
from .objects import field
from .property_paths import parse_path
from .quantities import Path
from .values import JsonObject

_MISSING: Final = object()


def with_ignored_changes(
    inputs: JsonObject, live: JsonObject, manager: str, ignored: Iterable[str]
) -> JsonObject:
    """Return what to apply. Paths into lists are left to the engine, as the official plugin leaves them."""
    for text in ignored:
        path = parse_path(text)
        keys = tuple(step for step in path if isinstance(step, str) and step != "*")
        if len(keys) != len(path):
            continue
        owned_by = owners(live, path)
        if owned_by and manager not in owned_by:
            inputs = _replaced(inputs, keys, _MISSING)
        elif (value := field(live, *keys)) is not None:
            inputs = _replaced(inputs, keys, value)
    return inputs


def _replaced(value: JsonObject, path: Path, new: Any) -> JsonObject:
    key, rest = str(path[0]), path[1:]
    if rest:
        inner = value.get(key)
        if not isinstance(inner, dict):
            return value
        return {**value, key: _replaced(inner, rest, new)}
    if new is _MISSING:
        return {name: item for name, item in value.items() if name != key}
    return {**value, key: new}
