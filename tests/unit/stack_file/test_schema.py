"""The schema for editors is that of the settings, and accepts what the program accepts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from endpoints.stack_file.schema import SCHEMA_FILE, stack_schema
from tests.unit.stack_file.conftest import MINIMAL

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema.Draft7Validator.check_schema(stack_schema())
    return jsonschema.Draft7Validator(stack_schema())


def errors(validator: Any, text: str) -> list[str]:
    return [error.json_path for error in validator.iter_errors(yaml.safe_load(text))]


def test_editors_are_told_which_files_the_schema_is_for() -> None:
    settings = json.loads((ROOT / ".vscode/settings.json").read_text(encoding="utf-8"))
    assert settings["yaml.schemas"] == {str(SCHEMA_FILE.relative_to(ROOT)): "/stacks/Pulumi.*.yaml"}


def stack_files() -> Iterator[Any]:
    yield pytest.param(MINIMAL, id="minimal")
    for file in sorted((ROOT / "stacks").glob("Pulumi.*.yaml")):
        yield pytest.param(file.read_text(encoding="utf-8"), id=file.name)
    for name in ("README.md", "docs/stack-file.md"):
        for number, block in enumerate(
            re.findall(r"```yaml\n(config:\n.+?)```", (ROOT / name).read_text(), re.DOTALL)
        ):
            yield pytest.param(block, id=f"{name} {number}")


@pytest.mark.parametrize("text", list(stack_files()))
def test_a_valid_stack_file_is_valid_by_the_schema(validator: Any, text: str) -> None:
    assert errors(validator, text) == []


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("sorce: ../digits", "$.config['endpoints:deployments'][0]"),
        ("source: 5", "$.config['endpoints:deployments'][0].source"),
        (
            "source: ../digits\n      aliases: {latest: 1.0}",
            "$.config['endpoints:deployments'][0].aliases.latest",
        ),
        (
            "source: ../digits\n      environment: {A: {secrets: b}}",
            "$.config['endpoints:deployments'][0].environment.A",
        ),
    ],
)
def test_a_mistake_is_one_by_the_schema_too(validator: Any, written: str, path: str) -> None:
    assert path in errors(validator, MINIMAL.replace("source: ../digits", written))


def test_an_unknown_setting_is_a_mistake_and_another_namespace_is_not(validator: Any) -> None:
    assert errors(validator, f"{MINIMAL}  endpoints:organisation: acme\n") == ["$.config"]
    assert errors(validator, f"{MINIMAL}  aws:region: eu-north-1\n") == []


def test_secrets_stand_encrypted_in_a_file(validator: Any) -> None:
    assert errors(validator, f"{MINIMAL}  endpoints:secrets: {{a: {{secure: v1:x}}}}\n") == []
    assert errors(validator, f"{MINIMAL}  endpoints:secrets: {{a: plain}}\n") == [
        "$.config['endpoints:secrets'].a"
    ]


def test_every_setting_has_its_description_without_links_which_lead_from_another_page() -> None:
    schema = stack_schema()
    settings = schema["properties"]["config"]["properties"]
    models = [settings, *(model.get("properties", {}) for model in schema["definitions"].values())]
    described = {key: value["description"] for model in models for key, value in model.items()}
    assert [key for key, description in described.items() if "](" in description] == []
    assert settings["endpoints:prices"]["description"] == "What capacity costs, for reports"
