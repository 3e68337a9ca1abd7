"""The smallest stack file, and how it is loaded."""

from collections.abc import Callable

import pytest

from endpoints.settings import Settings

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
def load(settings_of: Callable[[str], Settings]) -> Callable[[str], Settings]:
    """Load settings from the text of `stacks/Pulumi.test.yaml`."""
    return settings_of


@pytest.fixture
def minimal() -> str:
    """Return the text of a stack file without anything optional."""
    return MINIMAL
