"""The official schema's and linter's verdict on one endpoint, in the words of this program.

valohai-yaml is asked about endpoint items alone, so that a mistake in a step or pipeline does not keep a
working endpoint from being deployed. It knows no lines, and its schema errors quote whole values: both is
mended here.
"""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from valohai_yaml.lint import lint
from valohai_yaml.validation import get_json_schema

from endpoints.manifest.findings import Findings, Item
from endpoints.wording import describe, listing, suggestion
from endpoints.yaml_document import KeyPath

_ELSEWHERE = {
    "command": "use server-command; packages belong in requirements-deployment.txt",
    "environment": "environment variables belong in the stack file, not in valohai.yaml",
    "environment-variables": "environment variables belong in the stack file, not in valohai.yaml",
    "replicas": "replicas belong in the stack file, not in valohai.yaml",
}
"""Keys that people try in an endpoint (found in public repositories), and where they belong."""

_MACHINE = (
    "in Valohai's old format, it names the machine that an endpoint runs on; remove it: the stack file says "
    "which cluster, and with nodeSelector which nodes"
)

_TYPES = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def check_schema(item: Any, findings: Findings) -> None:
    """Record every violation of the endpoint schema."""
    for error in _validator().iter_errors([{"endpoint": item}]):
        path = tuple(error.absolute_path)[2:]
        for inner, text in _explain(error, path):
            findings.add(inner, text)


def check_lint(item: Item, findings: Findings) -> None:
    """Record what the official linter finds beyond the schema.

    Run it on items that passed every check of this program: what those know, they tell with the exact key.
    """
    for message in lint([{"endpoint": dict(item)}], validate_schema=False, ansi_colors=False).errors:
        findings.add((), message["message"])


@cache
def _validator() -> Draft202012Validator:
    """Do as valohai-yaml's get_validator, which takes 50 ms to find its own schema valid first."""
    return Draft202012Validator(get_json_schema())


def _explain(error: ValidationError, path: KeyPath) -> list[tuple[KeyPath, str]]:
    """Return path and text for each mistake in one schema error."""
    found, allowed = error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            known = error.schema["properties"]
            return [((*path, key), _unknown_key(key, found[key], known)) for key in found if key not in known]
        case "required":
            return [((*path, key), "is missing; add it") for key in allowed if key not in found]
        case "oneOf":
            return _explain_choice(found, path)
        case "type":
            return [
                (path, f"found {describe(found)}; allowed: {_TYPES[allowed]}{_type_advice(found, allowed)}")
            ]
        case "pattern" if path == ("node-selector",):
            return [(path, f"found {describe(found)}; allowed: key=value, the label of a node")]
        case "pattern":
            text = "lower-case letters, digits and dashes, beginning with a letter, at least 2 characters"
            return [(path, f"found {describe(found)}; allowed: {text}; rename it")]
        case "minimum" | "maximum":
            low, high = error.schema.get("minimum"), error.schema.get("maximum")
            text = f"at least {low}" if high is None else f"{low} to {high}"
            return [(path, f"found {describe(found)}; allowed: {text}")]
        case "enum" if not isinstance(found, str):
            return []  # the error about its type tells that already
        case "enum":
            return [(path, f"found {describe(found)}; allowed: {listing(allowed)}")]
        case _:
            return [(path, error.message)]


def _explain_choice(found: Any, path: KeyPath) -> list[tuple[KeyPath, str]]:
    if not isinstance(found, dict):
        if path == ("server-command",):
            return [(path, f"found {describe(found)}; allowed: a string, or a list of strings")]
        return []  # not a mapping: the error about its type tells that already
    if not path:
        if "wsgi" in found:
            return [
                (("wsgi",), "found wsgi and server-command; allowed: exactly one of them; remove the other")
            ]
        return [(path, "found neither wsgi nor server-command; allowed: exactly one of them; add one")]
    if path == ("server-command",):
        return [(path, "found a mapping; allowed: a string, or a list of strings")]
    return [(path, "found no key, which only a toleration with operator: Exists may omit; add key")]


def _unknown_key(key: object, value: object, known: dict[str, Any]) -> str:
    if key == "environment" and isinstance(value, str):
        return f"unknown key; {_MACHINE}"
    if isinstance(key, str) and key in _ELSEWHERE:
        return f"unknown key; {_ELSEWHERE[key]}"
    return f"unknown key; {suggestion(str(key), known)}"


def _type_advice(found: object, allowed: str) -> str:
    if found is None:
        return "; give it a value or remove the key; a value on the next line must be indented further"
    if allowed == "string" and not isinstance(found, list | dict):
        return "; put it in quotes"
    if allowed in ("number", "integer") and isinstance(found, str):
        return "; write it without quotes and without a unit"
    return ""
