"""Takes the files of a commit out of git, those of its submodules among them."""

import os
import posixpath
import re
import tarfile
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.source.git import complaint, find_commit, is_git_url, mirror, path_in_repository, run_git
from endpoints.wording import quote


@dataclass(frozen=True)
class Repository:
    """What a commit is taken out of.

    `directory` is one of this machine, where the repository is checked out, or a part of it; with a `url` it
    is the mirror of that. `shown_as` is what messages call it.
    """

    directory: Path
    url: str | None
    shown_as: str


_KEY = re.compile(r"submodule\.(.+)\.(path|url)", re.DOTALL)


def find_submodule(around: Repository, commit: str, path: str, pinned: str, root: Path) -> Repository:
    """Return the repository of the submodule at `path`, which holds the commit `pinned` for it by `commit`.

    In a directory of this machine it is where it is checked out, and nothing is fetched. For the mirror of a
    URL it is a mirror of where .gitmodules says, below `root`. Raises ProjectError if that does not lead to
    the commit.
    """
    shown_as = f"{around.shown_as}/{path}"
    if around.url is None:
        checked_out = around.directory / path
        if (checked_out / ".git").exists() and find_commit(checked_out, pinned) is not None:
            return Repository(checked_out, None, shown_as)
        raise ProjectError(
            f"{shown_as}: the git submodule has no commit {pinned[:12]} here; run: git submodule update "
            f"--init --recursive (for an older commit: git -C {path} fetch)"
        )
    told = _url(around.directory, commit, path)
    url = None if told is None else _absolute(told, around.url)
    if url is None or not is_git_url(url) or _leaves_the_network(url, around.url):
        raise ProjectError(
            f"{shown_as}: found {quote(told or '')} as the url of this git submodule in .gitmodules; "
            "allowed: a git URL (https://..., git@host:path), or a relative one (../name)"
        )
    clone = mirror(url, pinned, root)
    if find_commit(clone, pinned) is None:
        raise ProjectError(
            f"{shown_as}: the git submodule is at {pinned[:12]}, which {url} does not have; push it there"
        )
    return Repository(clone, url, shown_as)


def _url(directory: Path, commit: str, path: str) -> str | None:
    """Return the `url` that .gitmodules of a commit has for the submodule at `path` of the directory."""
    names: dict[str, str] = {}
    urls: dict[str, str] = {}
    listed = run_git(directory, "config", "--null", "--blob", f"{commit}:.gitmodules", "--list")
    for entry in listed.stdout.split(b"\0"):
        key, _, value = os.fsdecode(entry).partition("\n")
        if match := _KEY.fullmatch(key):
            (names if match[2] == "path" else urls)[match[1]] = value
    wanted = f"{path_in_repository(directory)}{path}"
    return next((urls.get(name) for name, found in names.items() if found == wanted), None)


def _absolute(url: str, parent: str) -> str:
    """Return a submodule's URL; one that begins with a dot is relative to the repository around it."""
    if not url.startswith(("./", "../")):
        return url
    start = re.match(r"\w+://[^/]*/|[^/:]+:", parent)
    if start is None:
        return url
    return start[0] + posixpath.normpath(posixpath.join(parent[start.end() :].rstrip("/"), url))


def _leaves_the_network(url: str, parent: str) -> bool:
    """Tell whether a repository from elsewhere asks for one of this machine."""
    return url.startswith("file:") and not parent.startswith("file:")


_SAME_CONTENT_EVERYWHERE = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")
_SUBMODULE = b"160000 commit "


def absent_submodules(
    repository: Repository, commit: str, skip: Callable[[str], bool], root: Path
) -> dict[str, str]:
    """Return the submodules of a commit that cannot be had, by path, each with why and what to do.

    Submodules of submodules are among them. What `skip` names is not looked for.
    """
    absent: dict[str, str] = {}
    for path, pinned in _submodules(repository.directory, commit):
        if skip(path):
            continue
        try:
            submodule = find_submodule(repository, commit, path, pinned, root)
        except ProjectError as error:
            absent[path] = str(error)
            continue
        inner = absent_submodules(submodule, pinned, skip, root)
        absent |= {f"{path}/{below}": text for below, text in inner.items()}
    return absent


def extract_commit(
    repository: Repository,
    commit: str,
    target: Path,
    skip: Callable[[str], bool],
    root: Path,
    without: Collection[str] = (),
) -> None:
    """Write the files of `repository` as they are in `commit` into `target`, but for those that `skip` names.

    Line ends are those in the repository, whatever this machine's git is set to. `export-ignore` attributes
    hold. Submodules are as the commit pins them, but for those at the paths `without`; mirrors of theirs are
    made below `root`. Raises ProjectError if the commit does not have the directory, or cannot be taken out.
    """
    directory, shown_as = repository.directory, repository.shown_as

    def wanted(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        return None if skip(member.name) else tarfile.data_filter(member, path)

    inside = path_in_repository(directory)
    if (
        inside
        and run_git(directory, "rev-parse", "--quiet", "--verify", f"{commit}:{inside}").returncode != 0
    ):
        raise ProjectError(
            f"{shown_as}: this commit has no directory {inside.rstrip('/')}; give another commit, or "
            "the directory's name in this commit"
        )
    with tempfile.TemporaryDirectory() as temporary:
        archive = Path(temporary, "commit.tar")
        made = run_git(
            directory, *_SAME_CONTENT_EVERYWHERE, "archive", "--format=tar", f"--output={archive}", commit
        )
        if made.returncode != 0:
            raise ProjectError(f"{shown_as}: git cannot extract commit {commit}: {complaint(made)}")
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(target, filter=wanted)
        except tarfile.FilterError as error:
            raise ProjectError(f"{shown_as}: commit {commit} cannot be unpacked safely: {error}") from None
    for path, pinned in _submodules(directory, commit):
        if skip(path) or path in without:
            continue
        submodule = find_submodule(repository, commit, path, pinned, root)
        inner = {below.removeprefix(f"{path}/") for below in without if below.startswith(f"{path}/")}
        extract_commit(submodule, pinned, target / path, skip, root, inner)


def _submodules(directory: Path, commit: str) -> Iterator[tuple[str, str]]:
    """Yield path and pinned commit of each submodule below a directory, as the commit has them."""
    listed = run_git(directory, "ls-tree", "-r", "-z", commit)
    for entry in listed.stdout.split(b"\0"):
        if entry.startswith(_SUBMODULE):
            pinned, _, path = entry.removeprefix(_SUBMODULE).partition(b"\t")
            yield os.fsdecode(path), pinned.decode()
