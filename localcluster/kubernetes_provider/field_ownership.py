"""Who owns which fields of an object (`metadata.managedFields`).

An object is created by an ordinary POST, so that one that exists already is never taken over by accident.
Its fields then belong to the manager `pulumi-kubernetes` with operation Update. Before the first update
they are handed to the resource's own manager with operation Apply; only then does leaving a field out
remove it. This is `fixCSAFieldManagers` in await/await.go, which also takes over from kubectl.
"""

import secrets
from typing import Any, Final

from .annotations import PATCH_FIELD_MANAGER
from .objects import annotation_of, field, items, mapping, text
from .quantities import Path
from .values import JsonObject

CREATE_MANAGER: Final = "pulumi-kubernetes"
"""Field manager of creations and of client-side updates."""

_TAKEN_OVER: Final = frozenset(
    {
        ("kubectl", "Apply"),
        ("kubectl", "Update"),
        ("before-first-apply", "Update"),
        ("pulumi-kubernetes", "Update"),
        ("pulumi-kubernetes.exe", "Update"),
        ("pulumi-resource-kubernetes", "Update"),
    }
)


def field_manager_name(inputs: JsonObject, recorded: str) -> str:
    """Return the manager for server-side apply: as annotated, else as recorded, else a new one."""
    return (
        annotation_of(inputs, PATCH_FIELD_MANAGER) or recorded or f"pulumi-kubernetes-{secrets.token_hex(4)}"
    )


def takeover_patch(live: JsonObject, manager: str) -> list[JsonObject] | None:
    """Return the JSON patch that hands fields of the creation and of kubectl to `manager`, if there are any.

    It names the resourceVersion, so that it fails when the object changed meanwhile.
    """
    entries = items(live, "metadata", "managedFields")
    taken = [entry for entry in entries if _is_taken_over(entry, manager)]
    if not taken:
        return None
    own = [entry for entry in entries if _is_own(entry, manager)]
    fields: JsonObject = {}
    for entry in [*own, *taken]:
        fields = _united(fields, mapping(entry, "fieldsV1"))
    merged = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": text([*own, *taken][0], "apiVersion"),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    kept = [entry for entry in entries if entry not in taken and entry not in own]
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": [*kept, merged]},
        {
            "op": "replace",
            "path": "/metadata/resourceVersion",
            "value": text(live, "metadata", "resourceVersion"),
        },
    ]


def owners(live: JsonObject, path: Path) -> set[str]:
    """Return the managers that own the field at the path of keys."""
    return {
        text(entry, "manager")
        for entry in items(live, "metadata", "managedFields")
        if field(mapping(entry, "fieldsV1"), *(f"f:{step}" for step in path)) is not None
    }


def _is_taken_over(entry: JsonObject, manager: str) -> bool:
    key = (text(entry, "manager"), text(entry, "operation"))
    return key in _TAKEN_OVER and key != (manager, "Apply") and not text(entry, "subresource")


def _is_own(entry: JsonObject, manager: str) -> bool:
    key = (text(entry, "manager"), text(entry, "operation"))
    return key == (manager, "Apply") and not text(entry, "subresource")


def _united(one: Any, other: Any) -> Any:
    """Return the union of two field sets in the FieldsV1 format, which are trees of mappings."""
    shared = {key: _united(one[key], other[key]) for key in one if key in other}
    return {**one, **other, **shared}
