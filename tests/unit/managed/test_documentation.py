"""docs/managed.md says what the models say."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from managed.plan import StackPlan
from managed.stack_file import (
    Container,
    Limits,
    Network,
    Quota,
    ReplicaLimits,
    Settings,
    Team,
    TeamDeployment,
    Tokens,
)
from tests.unit.documentation import shown_default, tables
from tests.unit.managed.conftest import Load, Plan

DOCUMENT = Path(__file__).parents[3] / "docs/managed.md"

SECTIONS: dict[str, type[BaseModel]] = {
    "The managing stack": Settings,
    "Teams": Team,
    "Deployments of a team": TeamDeployment,
    "Limits": Limits,
    "Replicas of an endpoint": ReplicaLimits,
    "Quota": Quota,
    "Container": Container,
    "Network": Network,
    "Tokens": Tokens,
}


def documented() -> dict[str, dict[str, str]]:
    return tables(DOCUMENT.read_text(encoding="utf-8").partition("# The managing stack's file")[2])


def test_every_part_of_the_settings_has_a_section() -> None:
    assert documented().keys() == SECTIONS.keys()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_exactly_the_keys_and_defaults_of_the_settings(section: str) -> None:
    fields = SECTIONS[section].model_fields
    expected = {field.alias or name: shown_default(field) for name, field in fields.items()}
    assert documented()[section] == expected


@pytest.mark.parametrize("model", [ReplicaLimits, Quota, Container])
def test_defaults_with_parts_are_written_out(model: type[BaseModel]) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            parts = ", ".join(f"{key}: {value}" for key, value in field.default.model_dump().items())
            assert f"| `{name}` | see below | `{{{parts}}}`" in text


def test_the_example_is_a_valid_stack_file(load: Load, plan: Plan) -> None:
    (_, example) = re.findall(r"```yaml\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    planned: StackPlan = plan(example)
    assert [team.name for team in planned.teams] == ["fraud", "growth"]
    assert load(example).teams[1].hosts == ("offers.acme.example",)
