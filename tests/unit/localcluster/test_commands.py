"""A command of the machine ends in its output or in one readable error."""

import sys
from pathlib import Path

import pytest

from localcluster.commands import run
from localcluster.errors import ClusterError


def test_a_command_gets_input_environment_and_directory(tmp_path: Path) -> None:
    program = "import os, sys; print(sys.stdin.read(), os.environ['PLACE'], os.getcwd())"
    told = run(
        [sys.executable, "-c", program],
        standard_input="in",
        environment={"PLACE": "here"},
        directory=tmp_path,
    )
    assert told == f"in here {tmp_path.resolve()}\n"


def test_a_failed_command_is_told_with_its_status_and_what_it_wrote() -> None:
    with pytest.raises(ClusterError, match="failed with status 3: no such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"])


def test_a_command_that_fails_in_another_directory_is_told_with_it(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=f"`false` in {tmp_path} failed with status 1"):
        run(["false"], directory=tmp_path)


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(ClusterError, match="'no-such-program' is not installed"):
        run(["no-such-program"])


def test_a_command_that_does_not_end_is_ended_and_quoted() -> None:
    with pytest.raises(ClusterError, match=r"`sleep 60` has not ended within 0\.1 s; run it yourself"):
        run(["sleep", "60"], limit_seconds=0.1)
