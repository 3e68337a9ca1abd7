import os
import shutil
import socket
import stat
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


@pytest.mark.usefixtures("project")
def test_a_directory_is_copied_as_it_stands(root: Path) -> None:
    source = materialize("../project", None, root)

    assert tree(source.directory) == {"app.py": "print('one')\n"}
    assert source.directory.is_relative_to(root / ".endpoints/sources")
    assert source.commit is None
    assert source.shown_as == "../project"


def test_the_same_content_is_the_same_directory_and_is_not_copied_again(project: Path, root: Path) -> None:
    first = materialize("../project", None, root)
    inode = (first.directory / "app.py").stat().st_ino
    shutil.copytree(project, root / "elsewhere")

    assert materialize("elsewhere", None, root).directory == first.directory
    assert (first.directory / "app.py").stat().st_ino == inode


def test_a_change_makes_another_directory_and_leaves_the_old_one(project: Path, root: Path) -> None:
    first = materialize("../project", None, root)
    write(project / "app.py", "print('two')\n")
    second = materialize("../project", None, root)

    assert second.directory != first.directory
    assert tree(first.directory) == {"app.py": "print('one')\n"}
    assert tree(second.directory) == {"app.py": "print('two')\n"}


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_modes_are_the_same_on_every_machine(project: Path, root: Path, umask: int) -> None:
    write(project / "bin/run.sh", "#!/bin/sh\n")
    (project / "bin/run.sh").chmod(0o711 & ~umask | stat.S_IXUSR)
    (project / "app.py").chmod(0o666 & ~umask)
    before = os.umask(umask)
    try:
        copy = materialize("../project", None, root).directory
    finally:
        os.umask(before)

    modes = {path.relative_to(copy).as_posix(): path.stat().st_mode & 0o7777 for path in copy.rglob("*")}
    assert modes == {"app.py": 0o644, "bin": 0o755, "bin/run.sh": 0o755}
    assert copy.stat().st_mode & 0o7777 == 0o755


def test_modes_beyond_the_execute_bit_do_not_change_the_content(project: Path, root: Path) -> None:
    first = materialize("../project", None, root)
    (project / "app.py").chmod(0o600)
    second = materialize("../project", None, root)
    (project / "app.py").chmod(0o700)

    assert first.directory == second.directory
    assert materialize("../project", None, root).directory != first.directory


def test_history_caches_state_and_virtual_environments_stay_out(project: Path, root: Path) -> None:
    for name in (
        ".git",
        ".venv",
        ".endpoints",
        ".localcluster",
        ".pulumi",
        "__pycache__",
        "deep/.mypy_cache",
    ):
        write(project / name / "inside.txt", "no")
    write(project / "env/pyvenv.cfg", "home = /usr/bin")
    write(project / "env/bin/python", "no")

    # .git is no repository here, so git does not take part.
    assert tree(materialize("../project", None, root).directory).keys() == {"app.py"}


def test_in_a_work_tree_of_git_ignored_files_stay_out_and_new_ones_come_in(
    repository: Path, root: Path, git: Git
) -> None:
    write(repository / "tracked-then-deleted.py", "")
    git(repository, "add", ".")
    (repository / "tracked-then-deleted.py").unlink()
    write(repository / ".gitignore", "*.log\ndata/\nenv/\n")
    write(repository / "debug.log", "no")
    write(repository / "data/large.bin", "no")
    write(repository / "new.py", "yes")
    write(repository / "unignored-environment/pyvenv.cfg", "home = /usr/bin")

    assert tree(materialize("../project", None, root).directory).keys() == {".gitignore", "app.py", "new.py"}


def test_a_change_of_what_dockerignore_excludes_is_no_change(project: Path, root: Path) -> None:
    write(project / ".dockerignore", "data\n*.yaml\n*.txt\n")
    write(project / "valohai.yaml", "[]")
    write(project / "requirements.txt", "flask")
    write(project / "notes.txt", "one")
    write(project / "data/large.bin", "one")
    first = materialize("../project", None, root)
    write(project / "notes.txt", "two")
    write(project / "data/large.bin", "two")

    assert materialize("../project", None, root) == first
    # The plan is made from the manifest and the requirements, and the builder reads .dockerignore again.
    assert tree(first.directory).keys() == {".dockerignore", "app.py", "requirements.txt", "valohai.yaml"}


def test_a_part_of_a_repository_can_be_a_source(repository: Path, root: Path, git: Git) -> None:
    write(repository / "services/digits/app.py", "digits")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "two")
    commit = git(repository, "rev-parse", "HEAD")

    for wanted in (None, commit):
        copy = materialize("../project/services/digits", wanted, root).directory
        assert tree(copy) == {"app.py": "digits"}


def test_a_directory_that_the_repository_around_it_ignores_is_copied_whole(
    repository: Path, root: Path
) -> None:
    write(repository / ".gitignore", "/work/\n")
    write(repository / "work/app.py", "here")

    assert tree(materialize("../project/work", None, root).directory) == {"app.py": "here"}


def test_files_of_a_repository_inside_are_copied_too(repository: Path, root: Path, git: Git) -> None:
    inner = repository / "library"
    write(inner / "code.py", "inner")
    git(inner, "init", "--quiet")
    git(inner, "add", ".")
    git(inner, "commit", "--quiet", "--message", "inner")

    copy = materialize("../project", None, root).directory
    assert tree(copy) == {"app.py": "print('one')\n", "library/code.py": "inner"}


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
        ("nowhere", "is a symbolic link to nowhere, which is not there"),
        ("__pycache__", "is a symbolic link to __pycache__, which is not there, or never part of an image"),
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
        assert refusal("../project", None, root).startswith("../project/s: is neither a file nor a link")


def test_a_submodule_of_a_commit_is_refused_rather_than_left_empty(
    repository: Path, root: Path, git: Git
) -> None:
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/library")
    git(repository, "commit", "--quiet", "--message", "two")

    message = refusal("../project", git(repository, "rev-parse", "HEAD"), root)
    assert "holds the git submodule vendor/library" in message


@pytest.mark.usefixtures("repository")
def test_what_cannot_be_a_source_is_told_by_its_name(root: Path, tmp_path: Path) -> None:
    assert refusal("../nowhere", None, root) == (
        "../nowhere: there is no such directory (relative to Pulumi.yaml's directory)"
    )
    assert "has no commit abcdef0" in refusal("../project", "abcdef0", root)
    assert "is not in a git repository" in refusal(".", "abcdef0", root)
    missing = (tmp_path / "nowhere").as_uri()
    assert refusal(missing, "abcdef0", root).startswith(f"{missing}: cannot be cloned: fatal: ")
    assert refusal(missing, None, root) == f"{missing}: is a git URL; add the commit to take from it"


def test_without_git_only_a_directory_outside_of_git_can_be_a_source(
    project: Path, root: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_path = os.environ["PATH"]
    monkeypatch.setenv("PATH", "/nonexistent")
    assert tree(materialize("../project", None, root).directory) == {"app.py": "print('one')\n"}
    assert refusal("../project", "abcdef0", root).endswith("which is not on PATH; install git")

    monkeypatch.setenv("PATH", search_path)
    git(project, "init", "--quiet")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "git tells which files are ignored" in refusal("../project", None, root)


@pytest.mark.usefixtures("repository")
def test_ignored_files_do_not_slip_in_where_git_refuses_to_answer(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    message = refusal("../project", None, root)
    assert message.startswith("../project: git cannot tell which files are ignored: fatal: detected dubious")


def test_variables_of_a_git_hook_do_not_lead_to_another_repository(
    repository: Path, root: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_WORK_TREE", "/nonexistent")

    assert isinstance(materialize("../project", commit, root), Source)
