"""Settings from the text of a stack file, as Pulumi would hand them to the program."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from endpoints.settings import Settings, load_settings

MINIMAL = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: embedded}
  endpoints:deployments:
    - project: digits
      name: production
      source: ../digits
      versions:
        - name: "20261101.0"
"""
"""A stack file in line 2 to 9, with nothing that is optional."""


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Settings]:
    """Load settings from the text of `stacks/Pulumi.test.yaml`."""

    def load_text(text: str) -> Settings:
        path = tmp_path / "stacks/Pulumi.test.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        config = yaml.safe_load(text)["config"]
        return load_settings({key.removeprefix("endpoints:"): value for key, value in config.items()}, path)

    return load_text


@pytest.fixture
def minimal() -> str:
    """Return the text of a stack file without anything optional."""
    return MINIMAL
