"""Reads what `pulumi preview --json` prints.

Without `--show-sames` the engine leaves out what does not change. Neither sums over the stack nor policies
could be told from the rest, so that such a preview is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from endpoints.errors import Problem, ProjectError

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's value for a string that is known only after the update (`UnknownStringValue` of its SDK)."""

STACK = "pulumi:pulumi:Stack"
DEPLOYMENT = "valohai:index:Deployment"
ENDPOINT = "valohai:index:Endpoint"
STASH = "pulumi:index:Stash"
"""What the engine keeps for the program: the smoke request that an endpoint has answered."""

Inputs = Mapping[str, Any]
"""What the program declares of a resource: a Kubernetes object, or the arguments of a build."""


class Operation(Enum):
    """What an update would do with a resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


_OPERATIONS = {
    "create": Operation.CREATE,
    "import": Operation.CREATE,
    "update": Operation.UPDATE,
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    "delete-replaced": Operation.REPLACE,
    "import-replacement": Operation.REPLACE,
    "delete": Operation.DELETE,
    "discard": Operation.DELETE,
}
"""The engine's steps that change something (sdk/go/common/display: StepOp); all others leave it as it is."""


@dataclass(frozen=True)
class Resource:
    """One resource; `before` or `after` is None where it does not exist.

    `parent` is the name of the component that it belongs to, empty for none. `parent_type` is its type.
    """

    operation: Operation
    type: str
    name: str
    parent: str
    parent_type: str
    before: Inputs | None
    after: Inputs | None

    @property
    def kind(self) -> str:
        """The last part of the type: `Ingress` of `kubernetes:networking.k8s.io/v1:Ingress`."""
        return self.type.rpartition(":")[2]

    @property
    def inputs(self) -> Inputs:
        """What is declared after the update, or was before it where nothing is after it."""
        return self.after or self.before or {}


@dataclass(frozen=True)
class Preview:
    """What an update of a stack would do.

    `settings` are the stack's own settings as plain values; secrets in them are masked. `outputs` are those
    of the last update. `advice` and `errors` are what the program had to say.
    """

    stack: str
    settings: Mapping[str, Any]
    outputs: Mapping[str, Any]
    resources: tuple[Resource, ...]
    advice: tuple[str, ...]
    errors: tuple[str, ...]


def read_preview(text: str, shown_as: str) -> Preview:
    """Read a preview; `shown_as` is the file's name in messages.

    Raises ProjectError if it is none, or not the whole: one that failed need not be.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ProjectError(
            Problem(shown_as, error.lineno, "", f"is not JSON: {error.msg}; {_REMEDY}")
        ) from None
    if not isinstance(found, dict) or not {"steps", "diagnostics"} & found.keys():
        raise ProjectError(Problem(shown_as, None, "", f"is not a preview of Pulumi; {_REMEDY}"))
    steps: dict[str, list[dict[str, Any]]] = {}
    for step in found.get("steps") or []:
        steps.setdefault(step["urn"], []).append(step)
    root = next((urn for urn in steps if _type(urn) == STACK), "urn:pulumi:stack::endpoints::::")
    stack, project = root.removeprefix("urn:pulumi:").split("::")[:2]
    preview = Preview(
        stack,
        _settings(found.get("config") or {}, project),
        next(
            (step["oldState"].get("outputs", {}) for step in steps.get(root, []) if step.get("oldState")), {}
        ),
        tuple(_resource(of_resource) for urn, of_resource in sorted(steps.items()) if urn != root),
        _messages(found, "warning"),
        _messages(found, "error"),
    )
    known = {resource.name for resource in preview.resources if resource.type == ENDPOINT}
    if not preview.errors and not known.issuperset(preview.outputs.get("endpoints", {})):
        text = f"does not contain unchanged resources; {_REMEDY}"
        raise ProjectError(Problem(shown_as, None, "", text))
    return preview


_REMEDY = "create it with: pulumi preview --json --show-sames --stack STACK > PREVIEW.json"


def _settings(config: Mapping[str, str], project: str) -> Mapping[str, Any]:
    prefix = f"{project}:"
    return {
        key.removeprefix(prefix): _plain(value) for key, value in config.items() if key.startswith(prefix)
    }


def _plain(value: str) -> Any:
    """Return the list or mapping of a JSON value; any other value is a string."""
    try:
        return json.loads(value) if value[:1] in ("{", "[") else value
    except json.JSONDecodeError:
        return value  # `[secret]`, for one


_SAYS_NOTHING = "an unhandled error occurred: program exited with non-zero exit code"
"""What the engine adds to the program's own words."""


def _messages(found: Mapping[str, Any], severity: str) -> tuple[str, ...]:
    """Return each line that was said once, in order, without the engine's own word for its severity."""
    said = (
        item["message"].strip().removeprefix(f"{severity}: ")
        for item in found.get("diagnostics") or []
        if item["severity"] == severity
    )
    lines = dict.fromkeys(line for message in said for line in message.splitlines() if line.strip())
    return tuple([line for line in lines if not line.startswith(_SAYS_NOTHING)] or lines)


def _resource(steps: list[dict[str, Any]]) -> Resource:
    """Put the steps of one resource together: a replacement has up to three.

    With `--refresh` another comes first, which tells how the resource was found; what it is compared with is
    the state after that.
    """
    steps = [step for step in steps if step["op"] != "refresh"] or steps
    operations = {_OPERATIONS.get(step["op"], Operation.SAME) for step in steps}
    operation = next(
        (
            kind
            for kind in (Operation.REPLACE, *Operation)
            if kind in operations and kind is not Operation.SAME
        ),
        Operation.SAME,
    )
    befores = [step["oldState"] for step in steps if step.get("oldState")]
    afters = [step["newState"] for step in steps if step.get("newState")]
    state = (afters or befores)[-1]
    parent = state.get("parent", "")
    after = afters[-1] if afters and operation is not Operation.DELETE else None
    before = befores[0] if befores else after if operation is Operation.SAME else None
    return Resource(
        operation,
        state["type"],
        _name(state["urn"]),
        _name(parent),
        _type(parent),
        before and before.get("inputs", {}),
        after and after.get("inputs", {}),
    )


def _type(urn: str) -> str:
    """Return a resource's own type: `urn:pulumi:STACK::PROJECT::PARENT_TYPE$TYPE::NAME`."""
    return urn.split("::")[2].rpartition("$")[2] if urn else ""


def _name(urn: str) -> str:
    return urn.split("::", 3)[3] if urn else ""
