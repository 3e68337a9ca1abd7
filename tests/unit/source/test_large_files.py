"""Files of Git LFS, of which a clone may have pointers alone."""

from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source import read_digest
from tests.unit.source.conftest import Git, materialize, tree, write

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d7a' * 16}\nsize 12345\n"


@pytest.fixture
def large(repository: Path, git: Git) -> Path:
    """Return a repository whose model is in Git LFS, and was not fetched."""
    write(repository / ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    write(repository / "model.bin", POINTER)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "two")
    return repository


@pytest.mark.usefixtures("large")
def test_pointers_of_a_directory_are_found_whether_it_is_in_git_or_not(project: Path, root: Path) -> None:
    assert materialize("../project", None, root).pointers == ("model.bin",)
    (project / ".git").rename(root / "elsewhere")
    assert materialize("../project", None, root).pointers == ("model.bin",)


def test_a_commit_has_what_git_lfs_fetched_since(large: Path, root: Path, git: Git) -> None:
    commit = git(large, "rev-parse", "HEAD")
    before = materialize("../project", commit, root)
    assert before.pointers == ("model.bin",)
    # What `git lfs install` sets, with another program that fetches.
    git(large, "config", "filter.lfs.smudge", "echo weights")
    after = materialize("../project", commit, root)
    assert after.pointers == ()
    assert tree(after.directory)["model.bin"] == "weights\n"


def test_a_pointer_is_no_model(tmp_path: Path) -> None:
    write(tmp_path / "model.bin", POINTER)
    with pytest.raises(
        ProjectError, match=r"^models/model.bin: is a Git LFS pointer .* fetch the file: git lfs pull$"
    ):
        read_digest(tmp_path / "model.bin", "models/model.bin", None)


@pytest.mark.parametrize("text", ["version 1\n" * 20, POINTER + "#" * 1024, POINTER[:50]])
def test_a_file_that_only_begins_like_a_pointer_is_a_file(project: Path, root: Path, text: str) -> None:
    write(project / "notes.bin", text)
    assert materialize("../project", None, root).pointers == ()
