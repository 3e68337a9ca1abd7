"""Submodules of a commit: from where they are checked out, or from mirrors of their URLs."""

import shutil
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source.extraction import Repository, find_submodule
from tests.unit.source.conftest import Git, materialize, tree, write


@pytest.fixture
def library(tmp_path: Path, git: Git) -> Path:
    """Return a repository with one commit, which others have as a submodule."""
    path = tmp_path / "library"
    write(path / "hello.py", "one\n")
    git(path, "init", "--quiet")
    git(path, "add", ".")
    git(path, "commit", "--quiet", "--message", "one")
    return path


def pin(repository: Path, library: Path, git: Git, url: str, path: str = "vendor/library") -> str:
    """Commit the newest commit of `library` as a submodule at `path`, and return the hash of that commit."""
    write(repository / ".gitmodules", f'[submodule "library"]\n\tpath = {path}\n\turl = {url}\n')
    head = git(library, "rev-parse", "HEAD")
    git(repository, "add", ".gitmodules")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},{path}")
    git(repository, "commit", "--quiet", "--message", "pin")
    return git(repository, "rev-parse", "HEAD")


def lack(source: str, commit: str, root: Path) -> str:
    """Return what is said of the one submodule that cannot be had."""
    (text,) = materialize(source, commit, root).absent.values()
    return text


FILES = {"app.py": "print('one')\n", "vendor/library/hello.py": "one\n"}


def files(directory: Path) -> dict[str, str]:
    return {path: text for path, text in tree(directory).items() if path != ".gitmodules"}


def test_a_commit_has_the_submodule_as_it_was_then(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    commit = pin(repository, library, git, "../library")
    shutil.copytree(library, repository / "vendor/library")
    write(repository / "vendor/library/hello.py", "changed\n")
    git(repository / "vendor/library", "commit", "--quiet", "--all", "--message", "two")
    assert files(materialize("../project", commit, root).directory) == FILES


def test_a_git_url_has_its_submodules_from_their_own_urls(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    write(library / "more/inner.py", "inner\n")
    inner = library.with_name("inner")
    shutil.copytree(library, inner)
    pin(library, inner, git, "../inner", "deeper")
    commit = pin(repository, library, git, library.as_uri())
    found = files(materialize(repository.as_uri(), commit, root).directory)
    assert found.pop("vendor/library/.gitmodules")
    assert found == FILES | {"vendor/library/deeper/hello.py": "one\n"}


def test_a_relative_url_is_one_beside_the_repository_around_it(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    commit = pin(repository, library, git, "../library")
    assert files(materialize(repository.as_uri(), commit, root).directory) == FILES


def test_a_submodule_of_a_directory_that_is_not_here_is_told_with_the_command(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    commit = pin(repository, library, git, "../library")
    head = git(library, "rev-parse", "HEAD")[:12]
    assert lack("../project", commit, root) == (
        f"../project@{commit[:12]}/vendor/library: the git submodule has no commit {head} here; run: git "
        "submodule update --init --recursive (for an older commit: git -C vendor/library fetch)"
    )


@pytest.mark.parametrize("url", ["/srv/library", "-u/tmp/x"])
def test_a_submodule_of_a_url_must_have_one_as_well(
    repository: Path, library: Path, root: Path, git: Git, url: str
) -> None:
    commit = pin(repository, library, git, url)
    message = lack(repository.as_uri(), commit, root)
    assert (
        f'vendor/library: found "{url}" as the url of this git submodule in .gitmodules; allowed' in message
    )


def test_a_repository_from_elsewhere_gets_none_of_this_machine(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    commit = pin(repository, library, git, library.as_uri())
    elsewhere = Repository(repository, "https://git.example/project", "project")
    with pytest.raises(ProjectError, match=r"as the url of this git submodule in .gitmodules; allowed"):
        find_submodule(elsewhere, commit, "vendor/library", git(library, "rev-parse", "HEAD"), root)


def test_a_submodule_that_its_url_does_not_have_is_told(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    other = library.with_name("other")
    shutil.copytree(library, other)
    git(library, "commit", "--quiet", "--allow-empty", "--message", "not pushed")
    commit = pin(repository, library, git, other.as_uri())
    assert lack(repository.as_uri(), commit, root).endswith(
        f"which {other.as_uri()} does not have; push it there"
    )


def test_a_commit_is_taken_whole_as_soon_as_its_submodule_is_there(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    commit = pin(repository, library, git, "../library")
    assert files(materialize("../project", commit, root).directory) == {"app.py": "print('one')\n"}
    shutil.copytree(library, repository / "vendor/library")
    whole = materialize("../project", commit, root)
    assert whole.absent == {}
    assert files(whole.directory) == FILES


def test_a_submodule_of_a_submodule_that_is_not_there_is_told_by_its_whole_path(
    repository: Path, library: Path, root: Path, git: Git
) -> None:
    inner = library.with_name("inner")
    shutil.copytree(library, inner)
    pin(library, inner, git, "../nowhere", "deeper")
    commit = pin(repository, library, git, library.as_uri())
    found = materialize(repository.as_uri(), commit, root)
    assert list(found.absent) == ["vendor/library/deeper"]
    assert "vendor/library/hello.py" in files(found.directory)
