"""What the unit tests share: stack files from text, git, small projects and the public manifests."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from endpoints.stack_file import Settings, load_settings
from tests.unit.stack_text import written

REPOSITORY = Path(__file__).parents[2]


def pytest_configure() -> None:
    """Keep what hypothesis remembers with pytest's cache, and not in the directory that tests start in."""
    set_hypothesis_home_dir(REPOSITORY / ".pytest_cache/hypothesis")


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[[str], Settings]:
    """Load settings from the text of a stack file, as Pulumi would hand them to the program.

    `{secure: TEXT}` stands for the encrypted TEXT, and arrives without it.
    """

    return lambda text: load_settings(*written(text, tmp_path, "endpoints"))


@pytest.fixture
def git() -> Callable[..., str]:
    """Run git in a directory, as somebody, whatever this machine's git is set to; returns what it prints."""

    def run(directory: Path, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment |= {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Tester"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "tester@example.com"),
        }
        done = subprocess.run(
            ["git", *arguments], cwd=directory, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def projects() -> Path:
    """Return the directory of small projects."""
    return REPOSITORY / "tests/fixtures/projects"


@pytest.fixture
def corpus() -> Path:
    """Return the directory of public valohai.yaml files, where it is at hand beside the repository."""
    path = REPOSITORY.parent / "shared/corpus"
    if not path.is_dir():
        pytest.skip(f"no collection of public valohai.yaml files at {path}")
    return path
