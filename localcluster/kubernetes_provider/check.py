"""Inputs as they are kept and sent on (`Check` in provider/pkg/provider/provider.go).

Differences from the official plugin: the schema is not fetched; the API server checks fields at the dry run
or at the creation itself. Warnings about deprecated API versions are left to the API server's
documentation.
"""

from typing import Final

from .annotations import WAIT_FOR
from .api.discovery import UnknownKindError, known_scope
from .api.errors import ApiError, ClusterUnreachableError
from .failures import UserError
from .naming import Autonaming, with_name, with_old_name
from .normalization import normalized
from .objects import annotation_of, field, kind_of, kind_of_type, mapping, namespace_of
from .secrecy import with_secrets_of
from .session import Session
from .values import JsonObject, Unknown, without_secrets
from .waits.conditions import assessment

_OTHER_MODULES: Final = ("helm.sh/", "kustomize", "yaml")
MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"


async def check(
    session: Session,
    type_token: str,
    program_name: str,
    old_inputs: JsonObject,
    new_inputs: JsonObject,
    autonaming: Autonaming,
) -> JsonObject:
    """Return the new inputs with a name and a namespace, their secrets marked.

    `old_inputs` are empty for an object that is new or replaces another. Raises UserError for what can be
    known to fail.
    """
    plain = normalized(without_secrets(new_inputs))
    _refuse_unsupported(type_token, plain)
    old = without_secrets(old_inputs)
    plain = with_old_name(plain, old) if old else with_name(plain, program_name, autonaming)
    if not session.settings.server_side_apply:
        plain = _with_managed_by_label(plain)
    plain = await _with_namespace(session, plain, old)
    return with_secrets_of(plain, new_inputs)


def _refuse_unsupported(type_token: str, inputs: JsonObject) -> None:
    module = type_token.split(":")[1]
    if module.startswith(_OTHER_MODULES):
        raise UserError(
            f"{type_token} is not supported by the development plugin, which knows plain objects only; "
            "use the official plugin, or render the objects beforehand"
        )
    kind = kind_of_type(type_token).kind
    if kind.endswith("Patch") and kind == f"{inputs.get('kind')}Patch":
        raise UserError(f"{type_token}: Patch resources are not supported by the development plugin")
    if kind.endswith("List") and "items" in inputs:
        raise UserError(
            f"{type_token}: lists exist for compatibility with YAML manifests and cannot be created; declare "
            "their items instead"
        )
    for key in ("apiVersion", "kind"):
        if not isinstance(inputs.get(key), str):
            raise UserError(f"{key} must be a string that is known in advance")
    if "metadata" in inputs and not isinstance(inputs["metadata"], dict | Unknown):
        raise UserError("metadata must be a mapping")
    if expression := annotation_of(inputs, WAIT_FOR):
        assessment(expression)


async def _with_namespace(session: Session, inputs: JsonObject, old_inputs: JsonObject) -> JsonObject:
    if isinstance(inputs.get("metadata"), Unknown):
        return inputs
    is_namespaced = await _is_namespaced(session, inputs, old_inputs)
    metadata = dict(mapping(inputs, "metadata"))
    if not is_namespaced:
        metadata.pop("namespace", None)
    elif field(inputs, "metadata", "namespace") in (None, ""):
        metadata["namespace"] = session.default_namespace
    return {**inputs, "metadata": metadata}


async def _is_namespaced(session: Session, inputs: JsonObject, old_inputs: JsonObject) -> bool:
    """Tell whether the kind lives in namespaces; one that nothing is known about is taken to."""
    kind = kind_of(inputs)
    scope = known_scope(kind)
    if scope is not None:
        return scope
    if old_inputs and kind_of(old_inputs) == kind:
        return namespace_of(old_inputs) != ""
    try:
        cluster = await session.cluster()
        return (await cluster.resource(kind)).namespaced
    except (UnknownKindError, ClusterUnreachableError, ApiError):
        return True


def _with_managed_by_label(inputs: JsonObject) -> JsonObject:
    """Add the label by which objects are told apart where no field manager does (`TrySetManagedByLabel`)."""
    labels = field(inputs, "metadata", "labels")
    if isinstance(labels, Unknown) or isinstance(inputs.get("metadata"), Unknown):
        return inputs
    labels = {**mapping(inputs, "metadata", "labels"), MANAGED_BY_LABEL: "pulumi"}
    return {**inputs, "metadata": {**mapping(inputs, "metadata"), "labels": labels}}
