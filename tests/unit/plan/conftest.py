"""A root directory with a small project and a model file, and plans of stack files in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.plan import StackPlan, plan_stack
from endpoints.stack_file import Settings

STACK = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: embedded}
  endpoints:deployments:
    - project: shapes
      name: production
      source: project
      versions:
        - name: "20261101.0"
          endpoints:
            predict:
              files: {model: {path: model.npz}}
            greet: {}
"""
"""A stack file in line 2 to 14 that deploys both endpoints of tests/fixtures/projects/flask-app."""


@pytest.fixture
def root(tmp_path: Path, projects: Path) -> Path:
    """Return a directory that holds the project and its model file."""
    shutil.copytree(projects / "flask-app", tmp_path / "project")
    (tmp_path / "model.npz").write_bytes(b"weights")
    return tmp_path


@pytest.fixture
def stack() -> str:
    """Return the text of the stack file."""
    return STACK


@pytest.fixture
def plan(root: Path, settings_of: Callable[[str], Settings]) -> Callable[[str], StackPlan]:
    """Plan the text of a stack file."""
    return lambda text: plan_stack(settings_of(text), root, "ingress")
