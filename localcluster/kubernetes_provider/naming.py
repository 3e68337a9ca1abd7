"""Names for objects that the program leaves unnamed (provider/pkg/metadata/naming.go).

An unnamed object is called `<name in the program>-<8 hex digits>` and marked with an annotation. It keeps
that name over updates; a replacement gets a new one, so that the new object can exist before the old one
goes.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import Enum

from .annotations import AUTONAMED, is_true
from .failures import UserError
from .objects import field, mapping, name_of
from .values import JsonObject, Unknown

_SUFFIX_LENGTH = 8


class AutonamingMode(Enum):
    """What `pulumi:autonaming` in the stack's configuration asks for (CheckRequest.AutonamingOptions)."""

    DEFAULT = "default"
    PROPOSED = "proposed"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Autonaming:
    """How to name an unnamed object."""

    random_seed: bytes = b""
    """Makes the suffix repeatable within one plan; empty: a random suffix."""

    mode: AutonamingMode = AutonamingMode.DEFAULT
    proposed_name: str = ""
    """The name that the engine worked out; used in mode PROPOSED."""


def is_named(inputs: JsonObject) -> bool:
    """Tell whether the program names the object, be the name known yet or not."""
    unknown = isinstance(inputs.get("metadata"), Unknown) or isinstance(
        field(inputs, "metadata", "name"), Unknown
    )
    return unknown or name_of(inputs) != ""


def is_autonamed(inputs: JsonObject) -> bool:
    """Tell whether the plugin named the object."""
    return is_true(inputs, AUTONAMED)


def with_name(inputs: JsonObject, program_name: str, autonaming: Autonaming) -> JsonObject:
    """Return the inputs of a new object with a name.

    Raises UserError where automatic names are switched off, or where the API server would make the name
    (`generateName`), which server-side apply cannot express.
    """
    if is_named(inputs):
        return inputs
    if field(inputs, "metadata", "generateName") is not None:
        raise UserError(
            "metadata.generateName is not supported, because objects are updated by server-side apply; leave "
            "metadata.name out to get a generated name"
        )
    if autonaming.mode is AutonamingMode.DISABLED:
        raise UserError(
            "metadata.name is missing, and this stack's configuration (pulumi:autonaming) switches generated "
            "names off; set metadata.name"
        )
    if autonaming.mode is AutonamingMode.PROPOSED and autonaming.proposed_name:
        return _autonamed(inputs, autonaming.proposed_name)
    return _autonamed(inputs, f"{program_name}-{_suffix(autonaming.random_seed)}")


def with_old_name(inputs: JsonObject, old_inputs: JsonObject) -> JsonObject:
    """Return the inputs with the generated name of their previous version, if they have none of their own."""
    if is_named(inputs) or not is_autonamed(old_inputs):
        return inputs
    return _autonamed(inputs, name_of(old_inputs))


def _autonamed(inputs: JsonObject, name: str) -> JsonObject:
    metadata = mapping(inputs, "metadata")
    annotations = metadata.get("annotations", {})
    if isinstance(annotations, dict):
        annotations = {**annotations, AUTONAMED: "true"}
    return {**inputs, "metadata": {**metadata, "name": name, "annotations": annotations}}


def _suffix(random_seed: bytes) -> str:
    if random_seed:
        return hashlib.sha256(random_seed).hexdigest()[:_SUFFIX_LENGTH]
    return secrets.token_hex(_SUFFIX_LENGTH // 2)
