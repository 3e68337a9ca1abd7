"""The smallest stack file, how it is loaded, and what is wrong with another."""

from collections.abc import Callable

import pytest

from endpoints.errors import ProjectError
from endpoints.stack_file import Settings

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

Load = Callable[[str], Settings]


def mistakes(load: Load, text: str) -> str:
    """Return the messages about a stack file that must not load."""
    with pytest.raises(ProjectError) as raised:
        load(text)
    return str(raised.value)


@pytest.fixture
def load(settings_of: Callable[[str], Settings]) -> Load:
    """Load settings from the text of `stacks/Pulumi.test.yaml`."""
    return settings_of


@pytest.fixture
def minimal() -> str:
    """Return the text of a stack file without anything optional."""
    return MINIMAL
