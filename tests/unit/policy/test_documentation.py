"""docs/policies.md says what the rules are."""

import re
from pathlib import Path

from endpoints.policy import RULES

DOCUMENT = Path(__file__).parents[3] / "docs/policies.md"


POLICIES = DOCUMENT.read_text(encoding="utf-8").partition("## Settings")[0]


def rows(section: str, pattern: str) -> dict[str, str]:
    return dict(re.findall(pattern, section, flags=re.MULTILINE))


def test_every_policy_is_listed_with_the_stacks_that_it_is_for() -> None:
    assert list(rows(POLICIES, r"^\| `([a-z-]+)` \| .+ \| (all|production) \|$")) == [
        rule.name for rule in RULES
    ]
