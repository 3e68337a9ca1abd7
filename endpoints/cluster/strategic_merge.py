"""Kubernetes' strategic merge patches, as `kubectl patch` lays them over objects.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MERGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "env": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ports": ("containerPort", "port"),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""Lists whose items are merged one by one, with the keys that tell items apart: `patchMergeKey` of the API.

Ports are told apart by `containerPort` in a container and by `port` in a Service. All other lists are
replaced as a whole.
https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
"""

DIRECTIVE = "$patch"
"""The key of an item that says what to do with the item of the same name: `$patch: delete`."""

_Merge = Callable[[Any, Any], Any]


def merge(value: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object with the patch laid over it; null removes a field."""
    merged = dict(value)
    for key, change in patch.items():
        if change is None:
            merged.pop(key, None)
        elif isinstance(change, Mapping):
            inner = merged.get(key)
            merged[key] = merge(inner if isinstance(inner, Mapping) else {}, change)
        elif (name := merge_key(key, change)) is not None:
            found = merged.get(key)
            items = _by_name(found if isinstance(found, list | tuple) else (), change, name, merge)
            merged[key] = [item for item in items if DIRECTIVE not in item]
        else:
            merged[key] = change
    return merged


def compose(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patch that does what `first` and then `second` would do."""
    composed = dict(first)
    for key, change in second.items():
        found = composed.get(key)
        name = merge_key(key, change)
        if isinstance(change, Mapping) and isinstance(found, Mapping):
            composed[key] = compose(found, change)
        elif name is not None and isinstance(found, list) and merge_key(key, found) == name:
            composed[key] = _by_name(found, change, name, compose)
        else:
            composed[key] = change
    return composed


def merge_key(list_name: str, items: object) -> str | None:
    """Return the key that tells the items of a list apart; None if the list is replaced as a whole."""
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        return None
    keys = (key for key in MERGE_KEYS.get(list_name, ()) if all(key in item for item in items))
    return next(keys, None)


def _by_name(
    items: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]], name: str, lay_over: _Merge
) -> list[Any]:
    """Return the items with each change laid over the item of its name; changes of others come last."""
    by_name = {change[name]: change for change in changes}
    known = [item.get(name) for item in items]
    return [
        *(lay_over(item, by_name[key]) if (key := item.get(name)) in by_name else item for item in items),
        *(lay_over({}, change) for key, change in by_name.items() if key not in known),
    ]
