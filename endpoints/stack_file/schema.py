"""The JSON schema of stack files, from which editors complete and check."""

import re
from pathlib import Path
from typing import Any

from endpoints.stack_file import Settings
from endpoints.stack_file.validation import PROJECT

SCHEMA_FILE = Path(__file__).with_name("stack.schema.json")
"""The schema as a file, for editors; `make documentation` writes it."""

_NOISE = ("title", "discriminator", "sensitive")
"""What pydantic adds and no editor shows, or shows to no use."""

_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
"""A link in a description: it leads from a page of docs/, so that an editor shows its text alone."""

_ENCRYPTED = {
    "type": "object",
    "description": "Encrypted by `pulumi config set --secret --path ...`",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_schema() -> dict[str, Any]:
    """Return the schema of a whole stack file, in the words of the settings' descriptions.

    Keys of other namespaces are allowed, since providers have settings, too.
    """
    schema = Settings.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = {name: _model(model) for name, model in schema.pop("$defs").items()}
    whole = _model(schema)
    settings = {f"{PROJECT}:{key}": value for key, value in whole["properties"].items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Stack file",
        "description": "What a stack deploys: stacks/Pulumi.<stack>.yaml",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{PROJECT}:{key}" for key in whole["required"]],
                "properties": settings,
                "propertyNames": {
                    "anyOf": [{"enum": list(settings)}, {"not": {"pattern": f"^{PROJECT}:"}}],
                },
            },
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
        },
        "definitions": definitions,
    }


def _model(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one model, without its docstring, which is for whoever reads the code."""
    properties = {key: _property(value) for key, value in schema.get("properties", {}).items()}
    rest = {key: value for key, value in schema.items() if key not in ("description", "properties")}
    return {**_simplified(rest), **({"properties": properties} if properties else {})}


def _property(schema: dict[str, Any]) -> dict[str, Any]:
    description = {"description": _LINK.sub(r"\1", schema["description"])}
    kind = _simplified({key: value for key, value in schema.items() if key != "description"})
    # Draft 7 ignores everything beside a reference.
    return {**description, **({"allOf": [kind]} if "$ref" in kind else kind)}


def _simplified(node: Any) -> Any:
    """Return a schema in draft 7, which every editor knows, with secrets as they stand in a file."""
    if isinstance(node, list):
        return [_simplified(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        return _ENCRYPTED
    return {key: _simplified(value) for key, value in node.items() if not _is_noise(key, value)}


def _is_noise(key: str, value: Any) -> bool:
    return key in _NOISE or value is None or (key == "default" and isinstance(value, dict | list))
