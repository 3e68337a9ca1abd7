"""A commit becomes the files that were committed, whatever stands in the directory."""

import shutil
from pathlib import Path

import pytest

from endpoints.source import Source, content_digest
from tests.unit.source.conftest import Git, materialize, tree, write


def test_a_commit_is_what_was_committed_whatever_stands_in_the_directory(
    repository: Path, root: Path, git: Git
) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    write(repository / "app.py", "print('changed')\n")
    write(repository / "new.py", "new")

    source = materialize("../project", commit[:8], root)

    assert tree(source.directory) == {"app.py": "print('one')\n"}
    assert source.commit == commit
    assert source.shown_as == f"../project@{commit[:12]}"


def test_a_commit_is_taken_out_once(repository: Path, root: Path, git: Git) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    first = materialize("../project", commit, root)
    marker = first.directory / "app.py"
    inode = marker.stat().st_ino

    assert materialize("../project", commit[:7], root) == first
    assert marker.stat().st_ino == inode


def test_a_commit_comes_out_with_its_own_line_ends_and_without_caches(
    repository: Path, root: Path, git: Git
) -> None:
    (repository / "unix.txt").write_bytes(b"a\nb\n")
    write(repository / ".venv/committed", "by mistake")
    git(repository, "add", "--force", ".")
    git(repository, "commit", "--quiet", "--message", "two")
    git(repository, "config", "core.autocrlf", "true")

    copy = materialize("../project", git(repository, "rev-parse", "HEAD"), root).directory

    assert (copy / "unix.txt").read_bytes() == b"a\nb\n"
    assert not (copy / ".venv").exists()


def test_a_git_url_is_cloned_once_and_fetched_when_a_commit_is_new(
    repository: Path, root: Path, git: Git
) -> None:
    url = repository.as_uri()
    first = git(repository, "rev-parse", "HEAD")
    assert tree(materialize(url, first, root).directory) == {"app.py": "print('one')\n"}

    write(repository / "app.py", "print('two')\n")
    git(repository, "commit", "--quiet", "--all", "--message", "two")
    second = materialize(url, git(repository, "rev-parse", "HEAD"), root)
    assert tree(second.directory) == {"app.py": "print('two')\n"}

    shutil.rmtree(repository)
    assert materialize(url, first[:7], root).commit == first
    assert len(list((root / ".endpoints/git").iterdir())) == 1


def test_variables_of_a_git_hook_do_not_lead_to_another_repository(
    repository: Path, root: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_WORK_TREE", "/nonexistent")

    assert isinstance(materialize("../project", commit, root), Source)


def test_the_content_of_two_commits_is_the_same_unless_a_build_takes_another_one(
    repository: Path, root: Path, git: Git
) -> None:
    def content_of(message: str) -> tuple[Path, str]:
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "--allow-empty", "--message", message)
        copy = materialize(str(repository), git(repository, "rev-parse", "HEAD"), root).directory
        return copy, content_digest(copy)

    (repository / ".dockerignore").write_text("notes.txt\n")
    first, content = content_of("begin")
    second, same = content_of("nothing changed")
    assert first != second
    (repository / "notes.txt").write_text("ignored")
    assert content_of("notes")[1] == same == content
    (repository / "app.py").write_text("print('two')\n")
    assert content_of("code")[1] != content
