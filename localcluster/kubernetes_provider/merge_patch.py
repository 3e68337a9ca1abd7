"""JSON merge patches (RFC 7386), for updates without server-side apply."""

from typing import Any

from .values import JsonObject


def merge_patch(old: JsonObject, new: JsonObject) -> JsonObject:
    """Return the patch that makes `old` into `new`; a removed key becomes null, a list is sent whole."""
    patch: JsonObject = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif old[key] != value:
            patch[key] = _changed(old[key], value)
    return patch


def _changed(old: Any, new: Any) -> Any:
    return merge_patch(old, new) if isinstance(old, dict) and isinstance(new, dict) else new
