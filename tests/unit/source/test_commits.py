"""Commits that cannot be found, or are not one, each told with what to do."""

import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.source import Source, materialize

Git = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path, git: Git) -> Path:
    """Return a repository with one commit, beside the directory `root`."""
    path = tmp_path / "project"
    path.mkdir()
    (tmp_path / "root").mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    commit(git, path, "app.py")
    return path


def commit(git: Git, directory: Path, name: str) -> str:
    file = directory / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{name}\n")
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--message", name)
    return git(directory, "rev-parse", "HEAD")


def take(repository: Path, commit: str, source: str = "../project") -> Source:
    return materialize(source, commit, repository.parent / "root", "valohai.yaml")


def refusal(repository: Path, commit: str, source: str = "../project") -> str:
    with pytest.raises(ProjectError) as raised:
        take(repository, commit, source)
    return str(raised.value)


def test_a_short_hash_is_pinned_to_the_whole_one(repository: Path, git: Git) -> None:
    whole = git(repository, "rev-parse", "HEAD")
    found = take(repository, whole[:7])
    assert (found.commit, found.shown_as) == (whole, f"../project@{whole[:12]}")


def test_the_hash_of_an_annotated_tag_is_its_commits(repository: Path, git: Git) -> None:
    git(repository, "tag", "--annotate", "--message", "one", "v1")
    assert take(repository, git(repository, "rev-parse", "v1")).commit == git(repository, "rev-parse", "HEAD")


def test_a_hash_that_several_commits_begin_with_is_told_with_all_of_them(repository: Path) -> None:
    """Of a thousand commits some begin alike for four digits; dates are fixed, and so are the hashes."""
    stream = "".join(
        f"commit refs/heads/many\ncommitter a <a@example.com> {number} +0000\ndata 1\nx\n"
        for number in range(1000)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repository, input=stream.encode(), check=True)
    listed = subprocess.run(
        ["git", "rev-list", "many"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.split()
    prefix, times = Counter(name[:4] for name in listed).most_common(1)[0]
    assert times > 1

    message = refusal(repository, prefix)
    assert message.startswith(f"../project: {times} commits begin with {prefix}; give more digits: {prefix}")
    assert all(name in message for name in listed if name.startswith(prefix))


def test_the_hash_of_something_else_is_told_with_what_it_is(repository: Path, git: Git) -> None:
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    assert refusal(repository, tree) == (
        f"../project: has no commit {tree}; this is the hash of a tree; take the hash of a commit "
        "from git log"
    )


def test_a_commit_that_a_shallow_clone_lacks_is_told_with_how_to_get_it(repository: Path, git: Git) -> None:
    first = git(repository, "rev-parse", "HEAD")
    commit(git, repository, "two.py")
    git(repository.parent, "clone", "--quiet", "--depth=1", repository.as_uri(), "shallow")

    message = refusal(repository, first, "../shallow")
    assert "the clone is shallow and has only the newest commits; run git fetch --unshallow" in message
    assert "actions/checkout: fetch-depth: 0" in message


def test_a_commit_that_lacks_the_sources_directory_is_told_so(repository: Path, git: Git) -> None:
    first = git(repository, "rev-parse", "HEAD")
    commit(git, repository, "serving/app.py")
    message = refusal(repository, first, "../project/serving")
    assert message == (
        f"../project/serving@{first[:12]}: this commit has no directory serving; give another "
        "commit, or the directory's name in this commit"
    )


def test_a_commit_that_a_git_url_lacks_is_to_be_pushed(repository: Path) -> None:
    message = refusal(repository, "abcdef0", repository.as_uri())
    assert message.endswith("has no commit abcdef0; push it, or give another hash from git log")


def test_a_commit_that_no_branch_leads_to_is_asked_for_by_its_whole_hash(repository: Path, git: Git) -> None:
    """A commit of a pull request is such a one."""
    git(repository, "checkout", "--quiet", "--detach")
    hidden = commit(git, repository, "hidden.py")
    git(repository, "update-ref", "refs/pull/1/head", hidden)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")

    found = take(repository, hidden, repository.as_uri())
    assert (found.directory / "hidden.py").is_file()


def test_uncommitted_files_are_new_changed_and_deleted_ones_of_the_source_alone(
    repository: Path, git: Git
) -> None:
    for name in ("part/changed.py", "part/gone.py", "part/same.py", "elsewhere.py"):
        commit(git, repository, name)
    (repository / ".gitignore").write_text("*.log\n")
    (repository / "part/gone.py").unlink()
    for name in ("part/changed.py", "part/new ü.py", "part/a.log", "part/__pycache__/x.pyc", "elsewhere.py"):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text("now\n")

    found = materialize("../project/part", None, repository.parent / "root", "valohai.yaml")
    assert found.uncommitted == ("changed.py", "gone.py", "new ü.py")


@pytest.mark.usefixtures("repository")
def test_a_clean_directory_and_one_outside_of_git_have_nothing_uncommitted(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/app.py").write_text("1\n")
    for source in ("../project", "../plain"):
        assert materialize(source, None, tmp_path / "root", "valohai.yaml").uncommitted == ()


@pytest.mark.parametrize("commit", ["1a2b3c4", None])
def test_a_repository_of_another_account_is_told_with_the_command_that_trusts_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch, commit: str | None
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ProjectError) as raised:
        materialize("../project", commit, repository.parent / "root", "valohai.yaml")
    assert "detected dubious ownership" in str(raised.value)
    assert str(raised.value).endswith(f"; run: git config --global --add safe.directory {repository}")
