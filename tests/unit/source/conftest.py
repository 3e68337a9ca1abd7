"""A project outside of git and in it, and what is taken out of the two."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source import Source
from endpoints.source import materialize as materialize_with_manifest

Git = Callable[..., str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty directory in the place of Pulumi.yaml's."""
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a directory with one module in it, outside of git."""
    path = tmp_path / "project"
    write(path / "app.py", "print('one')\n")
    return path


@pytest.fixture
def repository(project: Path, git: Git) -> Path:
    """Return the same directory as a git repository with one commit."""
    git(project, "init", "--quiet")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "one")
    return project


def materialize(source: str, commit: str | None, root: Path) -> Source:
    return materialize_with_manifest(source, commit, root, "valohai.yaml")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def tree(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8")
        for path in directory.rglob("*")
        if path.is_file()
    }


def refusal(source: str, commit: str | None, root: Path) -> str:
    with pytest.raises(ProjectError) as raised:
        materialize(source, commit, root)
    return str(raised.value)
