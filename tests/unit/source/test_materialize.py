"""A directory becomes a copy of what an image may hold, under a name that its content decides."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.unit.source.conftest import Git, materialize, tree, write


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
