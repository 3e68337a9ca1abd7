"""The JSON schema of stack files, from which editors complete and check."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from endpoints.settings import Settings
from endpoints.settings.places import PROJECT

SCHEMA_FILE = Path("docs/stack.schema.json")
"""Where the schema is kept, relative to Pulumi.yaml's directory; .vscode/settings.json names it."""

_DOCUMENT = next(
    file
    # In the installed package, and in the repository.
    for file in (Path(__file__).with_name("stack-file.md"), Path(__file__).parents[1] / "docs/stack-file.md")
    if file.exists()
)
_NOISE = ("title", "discriminator", "sensitive")
"""What pydantic adds and no editor shows, or shows to no use."""

_ENCRYPTED = {
    "type": "object",
    "description": "Encrypted by `pulumi config set --secret --path ...`",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_schema() -> dict[str, Any]:
    """Return the schema of a whole stack file: made of the settings, in the words of docs/stack-file.md.

    Keys of other namespaces are allowed, since providers have settings, too.
    """
    schema = _simplified(Settings.model_json_schema(by_alias=True, mode="validation"))
    definitions = schema.pop("$defs")
    meanings = _meanings()
    for model in (schema, *definitions.values()):
        _explain(model, meanings)
    settings = {f"{PROJECT}:{key}": value for key, value in schema["properties"].items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Stack file",
        "description": "What a stack deploys: stacks/Pulumi.<stack>.yaml",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{PROJECT}:{key}" for key in schema["required"]],
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


def _simplified(node: Any) -> Any:
    """Return a schema in draft 7, which every editor knows, with secrets as they stand in a file."""
    if isinstance(node, list):
        return [_simplified(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        return _ENCRYPTED
    found = {key: _simplified(value) for key, value in node.items() if not _is_noise(key, value)}
    if "$ref" in found:
        reference = found["$ref"].replace("#/$defs/", "#/definitions/")
        return {"$ref": reference}
    if found.get("type") == "object" and "$defs" not in found:
        found.pop("description", None)  # the class's docstring, which is for whoever reads the code
    return found


def _is_noise(key: str, value: Any) -> bool:
    # A setting may be called `title`, too: its schema is a mapping.
    is_default_of_all = key == "default" and (value is None or isinstance(value, dict | list))
    return (key in _NOISE and not (key == "title" and isinstance(value, dict))) or is_default_of_all


def _explain(model: Mapping[str, Any], meanings: Sequence[Mapping[str, str]]) -> None:
    properties = model.get("properties", {})
    # The table with the model's keys and the fewest others: what several models share has one table.
    tables = [table for table in meanings if table.keys() >= properties.keys()]
    table = min(tables, key=len, default={})
    for key in properties.keys() & table.keys():
        schema = properties[key]
        # Draft 7 passes over everything beside a reference.
        explained = {"allOf": [schema]} if "$ref" in schema else schema
        properties[key] = {"description": table[key], **explained}


def _meanings() -> list[Mapping[str, str]]:
    """Return what each table of docs/stack-file.md says of its keys."""
    sections = re.split(r"^## ", _DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [
        {key: _plain(meaning) for key, meaning in rows}
        for section in sections
        if (rows := re.findall(r"^\| `(\w+)` \| .+? \| (.+?) \|$", section, flags=re.MULTILINE))
    ]


def _plain(markdown: str) -> str:
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", markdown)
    return re.sub(r"[,;] see [\w ]+$", "", text)
