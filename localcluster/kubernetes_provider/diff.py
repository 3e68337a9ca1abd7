"""The answer to a Diff call (`Diff` in provider.go)."""

from collections.abc import Iterable
from typing import Final

from pulumi.runtime.proto import provider_pb2

from .api.discovery import known_scope
from .checkpoint import recorded
from .difference import Change, ChangeKind, compare
from .naming import is_autonamed, is_named
from .normalization import normalized
from .objects import field, kind_of, mapping, name_of, namespace_of
from .property_paths import format_path, parse_path
from .replacement import replacing_paths
from .settings import ProviderSettings
from .values import JsonObject, without_secrets

_KINDS: Final = {
    (ChangeKind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (ChangeKind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (ChangeKind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (ChangeKind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (ChangeKind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (ChangeKind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def diff(
    settings: ProviderSettings, old_outputs: JsonObject, new_inputs: JsonObject, ignored: Iterable[str]
) -> provider_pb2.DiffResponse:
    """Compare recorded inputs with checked new ones.

    A replacement deletes the old object first only if the new one must have its name: the program names it,
    and neither name nor namespace change.
    """
    old = recorded(old_outputs)
    new = normalized(without_secrets(new_inputs))
    kind = kind_of(new)
    is_immutable = field(old.live, "immutable") is True or field(new, "immutable") is True
    replacing = replacing_paths(
        kind,
        config_map_mutable=settings.config_map_mutable and not is_immutable,
        secret_mutable=settings.secret_mutable and not is_immutable,
    )
    difference = compare(_placed(old.inputs, old.live), _placed(new, old.live), replacing).without(
        [parse_path(path) for path in ignored]
    )
    replaces = [format_path(path) for path in difference.replacing]
    keeps_its_place = (
        is_named(new)
        and not is_autonamed(new)
        and name_of(new) == name_of(old.live)
        and namespace_of(_placed(new, old.live)) == namespace_of(old.live)
    )
    some = provider_pb2.DiffResponse.DIFF_SOME if difference.changes else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        replaces=replaces,
        deleteBeforeReplace=bool(replaces) and keeps_its_place,
        detailedDiff={
            format_path(path): _property_diff(change) for path, change in difference.changes.items()
        },
        hasDetailedDiff=True,
    )


def _property_diff(change: Change) -> provider_pb2.PropertyDiff:
    return provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)


def _placed(inputs: JsonObject, live: JsonObject) -> JsonObject:
    """Return the inputs with a namespace: none outside namespaces, else `default` if unset."""
    metadata = mapping(inputs, "metadata")
    scope = known_scope(kind_of(inputs))
    is_namespaced = scope if scope is not None else namespace_of(live) != ""
    if not is_namespaced:
        placed = {key: value for key, value in metadata.items() if key != "namespace"}
    else:
        placed = {"namespace": "default", **metadata}
    return {**inputs, "metadata": placed} if isinstance(inputs.get("metadata", {}), dict) else inputs
