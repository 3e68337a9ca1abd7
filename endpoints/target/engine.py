"""Reads what Pulumi hands to the program: its stack's configuration, and what stacks have in their states.

States are read by functions of the engine's built-in provider, which the SDK has no calls for:
https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/builtins.go
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from endpoints.errors import ProjectError
from endpoints.stack_file.files import from_pulumi

_READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
_READ_RESOURCES = "pulumi:pulumi:readStackResourceOutputs"


def stack_configuration(project: str) -> Mapping[str, object]:
    """Return every value in the project's namespace by its key without the namespace.

    ``pulumi.Config`` only answers for keys that it is asked for; all are needed here, so that a misspelt
    one is noticed.
    """
    prefix = f"{project}:"
    return {
        key.removeprefix(prefix): from_pulumi(value)
        for key, value in pulumi.runtime.get_config_env().items()
        if key.startswith(prefix)
    }


def stack_outputs(stack: str) -> Mapping[str, object]:
    """Return the outputs of `organization/project/stack`, secrets in plain.

    A StackReference's values are Outputs, which are there only when the program has ended. What is planned
    with them has to be known before, so the engine's own function behind StackReferences is called.
    """
    return {key: _whole_numbers(value) for key, value in _read(stack, _READ_OUTPUTS, "name").items()}


def stack_resources(stack: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what the last update of `organization/project/stack` left, by URN: each `type` and `outputs`.

    What an update replaced and could not remove is not among them. Raises ProjectError where the state cannot
    be read.
    """
    # The engine ends with a stack trace where it is asked for the resources of a stack without a state.
    if not _read(stack, _READ_OUTPUTS, "name"):
        return {}
    return _read(stack, _READ_RESOURCES, "stackName")


def _read(stack: str, function: str, key: str) -> Mapping[str, Any]:
    try:
        read = pulumi.runtime.invoke(function, {key: stack})
    except Exception as error:  # the SDK raises nothing more special when the engine refuses
        raise ProjectError(f"the stack {stack} cannot be read: {_reason(error)}") from None
    return (read.value or {}).get("outputs") or {}


def _whole_numbers(value: object) -> object:
    """Undo what the engine's protocol does to numbers: all become fractions."""
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _reason(error: Exception) -> str:
    """Return what the engine says, without the names of its functions."""
    return str(error).rsplit("returned an error: ", maxsplit=1)[-1]
