"""What is asked of git: which files a source has, in the work tree or in a commit."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.source.store import STORE_DIRECTORY, UNFINISHED, text_digest

_GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""Set inside git hooks, where they would point every command at another repository."""

LOCAL_LIMIT_SECONDS = 300.0
"""How long git may take for what is on this machine: enough for large work trees on slow disks.

What takes longer waits for something that does not come, such as a file system of a network that is down.
"""
TRANSFER_LIMIT_SECONDS = 3600.0
"""How long a clone or a fetch may take, which large repositories take long for."""
_STALLED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "60"}
"""Ends a transfer by HTTP that stands still for a minute, in bytes per second and seconds."""


def run_git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git on what is on this machine; raises ProjectError where that does not end."""
    try:
        return _git(directory, arguments, LOCAL_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{directory}: `{shlex.join(('git', *arguments))}` did not end within "
            f"{LOCAL_LIMIT_SECONDS:g} s; run it there yourself to see what it waits for"
        ) from None


def transfer(url: str, directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git on a repository elsewhere; raises ProjectError where that does not end."""
    try:
        return _git(directory, arguments, TRANSFER_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{url}: `git {arguments[0]}` did not end within {TRANSFER_LIMIT_SECONDS:g} s; check "
            f"that `git ls-remote {url}` answers, or clone it and give the directory as the source"
        ) from None


def _git(
    directory: Path, arguments: tuple[str, ...], limit_seconds: float
) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_VARIABLES}
    # Who has said otherwise is right about their own network.
    environment = _STALLED | environment
    # No user can answer a prompt for credentials, and the program parses English messages.
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=limit_seconds,
    )


def complaint(run: subprocess.CompletedProcess[bytes]) -> str:
    """Return git's reason, with the command that it advises for a repository of another account."""
    lines = run.stderr.decode(errors="replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith("fatal: ")]
    advised = [f"; run: {line.strip()}" for line in lines if "safe.directory" in line]
    return (fatal or lines or [f"git ended with status {run.returncode}"])[0] + "".join(advised[:1])


_URL = re.compile(r"(https?|ssh|git|file)://.+|[\w.-]+@[\w.-]+:.+")
_BRANCHES_AND_TAGS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_FULL_LENGTHS = (40, 64)
"""Digits of a whole hash, by SHA-1 and by SHA-256."""

_NO_REPOSITORY = b"not a git repository"
"""What git says outside of any. Of one that belongs to another account it says that it does not trust it."""


def is_git_url(source: str) -> bool:
    """Tell whether a source is a git URL (`https://`, `ssh://`, `git@host:path` ...) and not a directory."""
    return _URL.fullmatch(source) is not None


def working_tree_files(directory: Path, shown_as: str) -> list[str] | None:
    """Return the files below `directory` that git tracks or would track, or None outside a work tree.

    Ignored files are left out; so are tracked ones that were deleted. Raises ProjectError where git would
    have to say what is ignored and cannot: ignored files may be secrets.
    """
    if not any((parent / ".git").exists() for parent in (directory.resolve(), *directory.resolve().parents)):
        return None
    if shutil.which("git") is None:
        raise ProjectError(
            f"{shown_as}: git is needed to know which files are ignored, but is not on PATH; install git"
        )
    listed = run_git(directory, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if _NO_REPOSITORY in listed.stderr:
        return None
    if listed.returncode != 0:
        raise ProjectError(f"{shown_as}: git cannot list the ignored files: {complaint(listed)}")
    if run_git(directory, "check-ignore", "--quiet", ".").returncode == 0:
        return None  # the repository around it ignores the directory as a whole: it is none of its files
    paths = sorted({os.fsdecode(path) for path in listed.stdout.split(b"\0") if path})
    return [path for path in paths if os.path.lexists(directory / path)]


def uncommitted_files(directory: Path) -> tuple[str, ...]:
    """Return the files below `directory` that are not as in the last commit, none outside of git."""
    shown = run_git(
        directory, "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z", "--", "."
    )
    prefix = path_in_repository(directory)
    paths = (os.fsdecode(entry[3:]) for entry in shown.stdout.split(b"\0") if entry)
    return tuple(sorted(path.removeprefix(prefix) for path in paths))


def changed_files(directory: Path, base: str) -> list[Path]:
    """Return what differs from where the history left `base`: committed or not, added, changed or removed.

    `directory` is anywhere in the repository. Raises ProjectError where git does not know `base`.
    """
    _require_git(str(directory))
    top = run_git(directory, "rev-parse", "--show-toplevel")
    if top.returncode != 0 and _NO_REPOSITORY not in top.stderr:
        raise ProjectError(f"{directory}: git cannot look for changes: {complaint(top)}")
    if top.returncode != 0:
        raise ProjectError(f"{directory}: is not in a git repository; name the changed files with --files")
    fork = run_git(directory, "merge-base", base, "HEAD")
    if fork.returncode != 0:
        raise ProjectError(
            f"{base}: has no common history with HEAD in this clone; fetch the whole history (git "
            "fetch --unshallow; fetch-depth: 0 in a workflow), or name another"
        )
    root = Path(os.fsdecode(top.stdout.rstrip(b"\n")))
    listed = (
        run_git(root, "diff", "--name-only", "--no-renames", "-z", fork.stdout.decode().strip()),
        run_git(root, "ls-files", "--others", "--exclude-standard", "-z"),
    )
    paths = {path for run in listed for path in run.stdout.split(b"\0") if path}
    return sorted(root / os.fsdecode(path) for path in paths)


def resolve_commit(repository: Path, commit: str, shown_as: str) -> str:
    """Return the full hash of `commit`; raises ProjectError if the repository does not have it."""
    _require_git(shown_as)
    asked = run_git(repository, "rev-parse", "--git-dir")
    if asked.returncode != 0 and _NO_REPOSITORY not in asked.stderr:
        raise ProjectError(f"{shown_as}: git cannot look up commits: {complaint(asked)}")
    if asked.returncode != 0:
        raise ProjectError(
            f"{shown_as}: is not in a git repository, so there is no commit {commit}; remove commit "
            "to deploy the files as they are now"
        )
    found = find_commit(repository, commit)
    if found is None:
        raise ProjectError(f"{shown_as}: {_why_not_found(repository, commit, shown_as)}")
    return found


def path_in_repository(directory: Path) -> str:
    """Return the path of `directory` inside its repository, empty for the whole of it."""
    return os.fsdecode(run_git(directory, "rev-parse", "--show-prefix").stdout).strip()


def content_depends_on_machine(repository: Path, commit: str) -> bool:
    """Tell whether a commit has files of Git LFS, for which git takes what this machine has fetched."""
    attributes = ":(top,glob)**/.gitattributes"
    return run_git(repository, "grep", "--quiet", "filter=lfs", commit, "--", attributes).returncode == 0


def mirror(url: str, commit: str, root: Path) -> Path:
    """Return a bare clone of `url` that holds `commit`, asking the network only if it is not there yet."""
    _require_git(url)
    clones = root / STORE_DIRECTORY / "git"
    clone = clones / text_digest(url)
    if clone.is_dir():
        os.utime(clone)  # still in use: see Store.prune
        if find_commit(clone, commit) is None:
            fetched = transfer(url, clone, "fetch", "--quiet", "origin", *_BRANCHES_AND_TAGS)
            if fetched.returncode != 0:
                raise ProjectError(f"{url}: cannot be fetched: {complaint(fetched)}")
            _fetch_unnamed(url, clone, commit)
        return clone
    clones.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=clones, prefix=UNFINISHED) as temporary:
        made = transfer(url, clones, "clone", "--quiet", "--bare", "--", url, f"{temporary}/clone")
        if made.returncode != 0:
            raise ProjectError(f"{url}: cannot be cloned: {complaint(made)}")
        try:
            Path(temporary, "clone").rename(clone)
        except OSError:
            if not clone.is_dir():  # otherwise another process was faster
                raise
    _fetch_unnamed(url, clone, commit)
    return clone


def _fetch_unnamed(url: str, clone: Path, commit: str) -> None:
    """Ask for a commit that no branch or tag leads to, as of a pull request; some servers give it away."""
    if len(commit) in _FULL_LENGTHS and find_commit(clone, commit) is None:
        transfer(url, clone, "fetch", "--quiet", "origin", commit)


def find_commit(repository: Path, commit: str) -> str | None:
    """Return the full hash of a commit that the repository has, or None."""
    found = run_git(repository, "rev-parse", "--quiet", "--verify", f"{commit}^{{commit}}")
    return found.stdout.decode().strip() if found.returncode == 0 else None


def _why_not_found(repository: Path, commit: str, shown_as: str) -> str:
    """Return what keeps `commit` from being one commit of the repository, and what to do."""
    listed = run_git(repository, "rev-parse", f"--disambiguate={commit}").stdout.decode().split()
    kinds = {name: run_git(repository, "cat-file", "-t", name).stdout.decode().strip() for name in listed}
    commits = sorted(name for name, kind in kinds.items() if kind == "commit")
    if len(commits) > 1:
        return f"{len(commits)} commits begin with {commit}; give more digits: {', '.join(commits)}"
    if kinds and not commits:
        kind = next(iter(kinds.values()))
        return f"has no commit {commit}; this is the hash of a {kind}; take the hash of a commit from git log"
    if is_git_url(shown_as):
        return f"has no commit {commit}; push it, or give another hash from git log"
    if run_git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        return (
            f"has no commit {commit} here; the clone is shallow and has only the newest commits; run "
            "git fetch --unshallow (with actions/checkout: fetch-depth: 0)"
        )
    return f"has no commit {commit}; fetch it, or give another hash from git log"


def _require_git(shown_as: str) -> None:
    if shutil.which("git") is None:
        raise ProjectError(f"{shown_as}: git is needed to read a commit, but is not on PATH; install git")
