"""What docs/managed.md says beside its generated tables is true."""

import re
from pathlib import Path

from managed.plan import StackPlan
from tests.unit.managed.conftest import Load, Plan

DOCUMENT = Path(__file__).parents[3] / "docs/managed.md"


def test_the_example_is_a_valid_stack_file(load: Load, plan: Plan) -> None:
    (_, example) = re.findall(r"```yaml\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    planned: StackPlan = plan(example)
    assert [team.name for team in planned.teams] == ["fraud", "growth"]
    assert load(example).teams[1].hosts == ("offers.acme.example",)
