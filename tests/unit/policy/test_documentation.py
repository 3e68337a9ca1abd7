"""docs/policies.md says what the rules and their settings are."""

import json
import re
from pathlib import Path

from endpoints.policy import RULES, PolicySettings

DOCUMENT = Path(__file__).parents[3] / "docs/policies.md"


POLICIES, SETTINGS = DOCUMENT.read_text(encoding="utf-8").split("## Settings")


def rows(section: str, pattern: str) -> dict[str, str]:
    return dict(re.findall(pattern, section, flags=re.MULTILINE))


def test_every_policy_is_listed_with_the_stacks_that_it_is_for() -> None:
    assert list(rows(POLICIES, r"^\| `([a-z-]+)` \| .+ \| (all|production) \|$")) == [
        rule.name for rule in RULES
    ]


def test_every_setting_is_listed_with_its_default() -> None:
    def shown(value: object) -> str:
        if value is None or value == {}:
            return "none"
        return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"

    expected = {
        field.alias or name: shown(field.get_default(call_default_factory=True, validated_data={}))
        for name, field in PolicySettings.model_fields.items()
    }
    assert rows(SETTINGS, r"^\| `([a-zA-Z]+)` \| (.+?) \|") == expected
