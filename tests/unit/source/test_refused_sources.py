"""What a build could not follow, or would get other than it seems, is refused by its name."""

import os
import socket
from pathlib import Path

import pytest

from tests.unit.source.conftest import Git, materialize, refusal, tree, write


def test_symbolic_links_inside_are_kept(project: Path, root: Path) -> None:
    write(project / "models/v2.txt", "two")
    (project / "models/latest.txt").symlink_to("v2.txt")
    (project / "current").symlink_to("models")

    copy = materialize("../project", None, root).directory

    assert (copy / "models/latest.txt").readlink() == Path("v2.txt")
    assert (copy / "current/latest.txt").read_text() == "two"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/etc/hostname", "is a symbolic link to /etc/hostname, which is outside the source"),
        ("../root", "is a symbolic link to ../root, which is outside the source"),
        ("nowhere", "is a symbolic link to nowhere, which does not exist"),
        (
            "__pycache__",
            ("is a symbolic link to __pycache__, which does not exist, or is never part of an image"),
        ),
    ],
)
def test_a_symbolic_link_that_a_build_cannot_follow_is_refused(
    project: Path, root: Path, git: Git, target: str, expected: str
) -> None:
    write(project / "__pycache__/app.pyc", "")
    (project / "link").symlink_to(target)

    assert refusal("../project", None, root).startswith(f"../project/link: {expected}")

    git(project, "init", "--quiet")
    git(project, "add", "--force", ".")
    git(project, "commit", "--quiet", "--message", "one")
    commit = git(project, "rev-parse", "HEAD")
    assert refusal("../project", commit, root).startswith(f"../project@{commit[:12]}")
    assert list((root / ".endpoints/sources").iterdir()) == []


def test_a_socket_is_refused_rather_than_left_out(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("project").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("project/s")  # a relative path, since those of sockets must be short
        assert refusal("../project", None, root).startswith(
            "../project/s: is neither a regular file nor a symbolic link"
        )


def test_a_submodule_that_is_not_checked_out_is_told_with_the_command(
    repository: Path, root: Path, git: Git
) -> None:
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/library")
    (repository / "vendor/library").mkdir(parents=True)
    assert materialize("../project", None, root).absent == {
        "vendor/library": "../project: the git submodule vendor/library is not checked out; run: git "
        "submodule update --init --recursive"
    }
    (repository / "vendor/library/code.py").touch()
    whole = materialize("../project", None, root)
    assert whole.absent == {}
    assert "vendor/library/code.py" in tree(whole.directory)


@pytest.mark.usefixtures("repository")
def test_what_cannot_be_a_source_is_told_by_its_name(root: Path, tmp_path: Path) -> None:
    assert refusal("../nowhere", None, root) == (
        "../nowhere: there is no such directory (relative to Pulumi.yaml's directory)"
    )
    assert refusal("~/project", None, root).endswith("; ~ is not supported here, write the whole path")
    assert refusal("github.com/acme/x", None, root).endswith(
        "directory); for a git URL put https:// in front: https://github.com/acme/x"
    )
    assert "has no commit abcdef0" in refusal("../project", "abcdef0", root)
    assert "is not in a git repository" in refusal(".", "abcdef0", root)
    missing = (tmp_path / "nowhere").as_uri()
    assert refusal(missing, "abcdef0", root).startswith(f"{missing}: cannot be cloned: fatal: ")
    assert "web page" not in refusal("https://git.example/a/b/tree/x.git", None, root)
    assert refusal(missing, None, root) == f"{missing}: is a git URL; add the commit to deploy"


@pytest.mark.parametrize(
    ("page", "repository"),
    [
        ("https://github.com/acme/x/tree/main/serving", "https://github.com/acme/x"),
        ("https://github.com/acme/x/blob/main/valohai.yaml", "https://github.com/acme/x"),
        ("https://gitlab.example/acme/models/x/-/tree/main", "https://gitlab.example/acme/models/x"),
    ],
)
def test_the_address_of_a_page_is_told_with_that_of_its_repository(
    root: Path, page: str, repository: str
) -> None:
    assert refusal(page, "abcdef0", root) == (
        f"{page}: is the address of a web page, not of a repository; use {repository}, and put a "
        "directory in it into yaml"
    )


def test_without_git_only_a_directory_outside_of_git_can_be_a_source(
    project: Path, root: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_path = os.environ["PATH"]
    monkeypatch.setenv("PATH", "/nonexistent")
    assert tree(materialize("../project", None, root).directory) == {"app.py": "print('one')\n"}
    assert refusal("../project", "abcdef0", root).endswith(
        "git is needed to read a commit, but is not on PATH; install git"
    )

    monkeypatch.setenv("PATH", search_path)
    git(project, "init", "--quiet")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "git is needed to know which files are ignored" in refusal("../project", None, root)


@pytest.mark.usefixtures("repository")
def test_ignored_files_do_not_slip_in_where_git_refuses_to_answer(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    message = refusal("../project", None, root)
    assert message.startswith("../project: git cannot list the ignored files: fatal: detected dubious")
