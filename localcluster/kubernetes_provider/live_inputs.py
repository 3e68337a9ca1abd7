"""The program's inputs as the live object has them, for refresh (`pruneLiveState` in provider.go).

The API server adds defaults and other controllers add fields; only what the program set is compared with
it. A value that means the same keeps the program's spelling, and a zero value that the API server leaves
out stays, so that a refresh shows real differences only.
"""

from typing import Any, Final

from .quantities import Path, same_meaning
from .values import JsonObject

_MISSING: Final = object()


def pruned_to(live: JsonObject, inputs: JsonObject) -> JsonObject:
    """Return the part of a plain live object that has the shape of the plain inputs."""
    return _pruned_mapping((), live, inputs)


def _pruned_mapping(path: Path, live: JsonObject, inputs: JsonObject) -> JsonObject:
    result: JsonObject = {}
    for key, value in inputs.items():
        pruned = _pruned((*path, key), live.get(key, _MISSING), value)
        if pruned is not _MISSING:
            result[key] = pruned
    return result


def _pruned(path: Path, live: Any, value: Any) -> Any:
    if live is _MISSING:
        return value if value in (False, 0, "", None) or value in ([], {}) else _MISSING
    if isinstance(live, dict) and isinstance(value, dict):
        return _pruned_mapping(path, live, value)
    if isinstance(live, list) and isinstance(value, list):
        return [_pruned((*path, i), live[i], item) for i, item in enumerate(value[: len(live)])]
    return value if same_meaning(path, live, value) else live


def imported_inputs(live: JsonObject) -> JsonObject:
    """Return inputs for an object read for the first time: all but status and bookkeeping."""
    inputs = {key: value for key, value in live.items() if key != "status"}
    metadata = dict(inputs.get("metadata", {}))
    for key in ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "selfLink"):
        metadata.pop(key, None)
    annotations = {
        key: value
        for key, value in metadata.get("annotations", {}).items()
        if key
        not in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration")
    }
    metadata.pop("annotations", None)
    inputs["metadata"] = {**metadata, "annotations": annotations} if annotations else metadata
    return inputs
