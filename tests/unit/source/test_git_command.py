"""A git that waits for what does not come is given up, with what to look at."""

from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source import git as git_command
from endpoints.source.git import run_git, transfer

URL = "https://git.example/digits.git"


@pytest.fixture(autouse=True)
def _git_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(git_command, "LOCAL_LIMIT_SECONDS", 0.2)
    monkeypatch.setattr(git_command, "TRANSFER_LIMIT_SECONDS", 0.3)


def test_a_command_on_this_machine_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as failure:
        run_git(tmp_path, "status", "--porcelain")
    assert str(failure.value).startswith(
        f"{tmp_path}: `git status --porcelain` did not end within 0.2 s; run it"
    )


def test_a_transfer_is_given_up_with_the_command_that_shows_why(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as failure:
        transfer(URL, tmp_path, "clone", "--", URL)
    told = str(failure.value)
    assert told.startswith(f"{URL}: `git clone` did not end within 0.3 s; check that `git ls-remote {URL}`")
