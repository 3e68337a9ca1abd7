"""What docs/stack-file.md says beside its generated tables is true."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import yaml

from endpoints.stack_file import EndpointSettings, Settings
from endpoints.stack_file.values import RESERVED_VARIABLES

DOCUMENT = Path(__file__).parents[3] / "docs/stack-file.md"


def test_the_reserved_variables_are_named() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in RESERVED_VARIABLES)


def test_the_example_is_a_valid_stack_file(load: Callable[[str], Settings]) -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    settings = load(example)
    assert settings.deployments[0].versions[0].commit == "1a2b3c4"


def test_the_example_of_two_triggers_is_valid() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (example,) = re.findall(r"^    scaling:\n(?:     .+\n)+", text, flags=re.MULTILINE)
    scaling = EndpointSettings.model_validate(yaml.safe_load(dedent(example))).scaling
    assert scaling.keda is not None
    assert [trigger.type for trigger in scaling.keda.triggers] == ["cron", "prometheus"]
