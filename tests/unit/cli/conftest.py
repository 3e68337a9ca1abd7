"""A Pulumi project with one stack file, and the command line run in its directory."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from endpoints.cli.command_line import main

STACK = """\
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: embedded}
  endpoints:deployments:
    - project: shapes
      name: production
      source: shapes
      versions:
        - name: "20261101.0"
          endpoints:
            greet: {}
"""


@dataclass(frozen=True)
class Ran:
    code: int
    output: str
    errors: str


@pytest.fixture
def program(tmp_path: Path, projects: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of a Pulumi project with the stack `test`, which is the working directory."""
    root = tmp_path / "program"
    (root / "stacks").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: endpoints\nruntime: python\nstackConfigDir: stacks\n")
    (root / "stacks/Pulumi.test.yaml").write_text(STACK)
    shutil.copytree(projects / "flask-app", root / "shapes")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `python -m endpoints` with arguments."""

    def command(*arguments: str) -> Ran:
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse's way to end
            code = int(ended.code or 0)
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return command
