"""What is kept in state about an object (`checkpointObject` and `parseCheckpointObject` in provider.go).

The live object's fields are the resource's outputs; beside them stand the inputs and two notes of the plugin.
"""

from dataclasses import dataclass
from typing import Final

from .normalization import normalized
from .objects import mapping
from .secrecy import with_secrets_of
from .values import JsonObject, without_secrets

_INPUTS: Final = "__inputs"
_INITIAL_API_VERSION: Final = "__initialApiVersion"
_FIELD_MANAGER: Final = "__fieldManager"


@dataclass(frozen=True)
class Checkpoint:
    """A recorded object, in plain values."""

    inputs: JsonObject
    """What the program asked for, as checked."""

    live: JsonObject
    """The object as the API server had it when it was recorded."""

    initial_api_version: str
    """The apiVersion that the object was created with."""

    field_manager: str
    """The name under which server-side apply owns the program's fields."""


def record(checkpoint: Checkpoint, secret_inputs: JsonObject) -> JsonObject:
    """Return the outputs to keep in state. `secret_inputs` are the inputs with their secrets marked.

    `metadata.managedFields` is left out: it is read from the API server when it matters, and would be most
    of the state.
    """
    live = dict(checkpoint.live)
    live["metadata"] = {
        key: value for key, value in mapping(live, "metadata").items() if key != "managedFields"
    }
    return {
        **with_secrets_of(live, secret_inputs),
        _INPUTS: with_secrets_of(checkpoint.inputs, secret_inputs),
        _INITIAL_API_VERSION: checkpoint.initial_api_version,
        _FIELD_MANAGER: checkpoint.field_manager,
    }


def recorded(outputs: JsonObject) -> Checkpoint:
    """Return what the outputs in state say."""
    live = without_secrets(outputs)
    inputs = live.pop(_INPUTS, {})
    initial_api_version = live.pop(_INITIAL_API_VERSION, "")
    field_manager = live.pop(_FIELD_MANAGER, "")
    return Checkpoint(
        inputs=normalized(inputs),
        live=live,
        initial_api_version=initial_api_version or str(live.get("apiVersion", "")),
        field_manager=field_manager,
    )
