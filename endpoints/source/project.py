"""Makes the copy of a project that images are built from: of a directory as it stands, or of a commit."""

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from endpoints.errors import ProjectError
from endpoints.image.requirements import CANDIDATES
from endpoints.source.dockerignore import DOCKERIGNORE, ignored
from endpoints.source.extraction import Repository, absent_submodules, extract_commit
from endpoints.source.git import (
    content_depends_on_machine,
    is_git_url,
    mirror,
    path_in_repository,
    resolve_commit,
    uncommitted_files,
    working_tree_files,
)
from endpoints.source.model_files import pointers
from endpoints.source.store import Store, text_digest, tree_digest, walk

EXCLUDED = frozenset(
    {
        ".endpoints",
        ".git",
        ".localcluster",
        ".mypy_cache",
        ".pulumi",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        "__pycache__",
    }
)
"""Names that never become part of an image, wherever they stand: history, state, caches."""

_HOST_AND_PATH = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/[\w.-]+/[\w./-]+")
_WEB_PAGE = re.compile(r"(https?://[^/]+/[^/]+/.+?)(?:/-)?/(?:tree|blob)/.+(?<!\.git)$")
"""What browsers show of a repository at GitHub and GitLab."""


@dataclass(frozen=True)
class Source:
    """A project's files, ready to be built from.

    `directory` is named by its content and never changes. `commit` is the full hash, None for a directory
    as it stands. `shown_as` is what messages call the source. `uncommitted` are files that no commit holds as
    they are here: new, changed or deleted ones. `pointers` are files whose content Git LFS has not fetched.
    `absent` are submodules that could not be had, by path, each with why and what to do.
    """

    directory: Path
    commit: str | None
    shown_as: str
    uncommitted: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


def materialize(source: str, commit: str | None, root: Path, manifest: str) -> Source:
    """Return the files of `source`, a directory relative to `root` or a git URL, as of `commit`.

    Without a commit it is the directory as it stands: in a git work tree all files that git does not ignore,
    elsewhere all files. `EXCLUDED` names are left out, and what `.dockerignore` surely excludes, except the
    files that a plan is made from: `manifest` (the path of valohai.yaml) and the requirements. Symbolic links
    must stay inside, and modes are 0644 or 0755. Raises ProjectError naming the source.
    """
    store = Store(root, "sources")
    try:
        if is_git_url(source):
            if page := _WEB_PAGE.match(source):
                text = "is the address of a web page, not of a repository; use"
                raise ProjectError(f"{source}: {text} {page[1]}, and put a directory in it into yaml")
            if commit is None:
                raise ProjectError(f"{source}: is a git URL; add the commit to deploy")
            return _from_commit(store, mirror(source, commit, root), commit, source, root)
        directory = root / source
        if not directory.is_dir():
            text = "there is no such directory (relative to Pulumi.yaml's directory)"
            raise ProjectError(f"{source}: {text}{_meant(source)}")
        if commit is not None:
            return _from_commit(store, directory, commit, source, root)
        paths, uncommitted, absent = _files(directory, source)
        paths = sorted(set(paths) - (ignored(directory, paths) - {DOCKERIGNORE, manifest, *CANDIDATES}))
        copy = store.add_copy(directory, paths, lambda target: _check_links(target, source))
        return Source(copy, None, source, uncommitted, pointers(copy), absent)
    except OSError as error:
        raise ProjectError(f"{source}: cannot be copied: {error}") from None


def _meant(source: str) -> str:
    """Return what may be meant by a source that is no directory."""
    if source.startswith("~"):
        return "; ~ is not supported here, write the whole path"
    if _HOST_AND_PATH.match(source):
        return f"; for a git URL put https:// in front: https://{source}"
    return ""


@cache
def content_digest(directory: Path) -> str:
    """Return the digest of what a build takes from a copy that `materialize` has made.

    Copies of two commits may hold the same: their names tell them apart, this does not. A copy never changes,
    and is read once for all its endpoints.
    """
    paths = list(walk(directory))
    return tree_digest(directory, set(paths) - (ignored(directory, paths) - {DOCKERIGNORE}))


def materialize_package(directory: Path, root: Path) -> Path:
    """Return a copy of a part of this program, without caches and with the same modes on every machine."""
    paths = [path for path in walk(directory, _is_excluded_directory) if not _is_excluded(path)]
    return Store(root, "serving").add_copy(directory, paths)


def _from_commit(store: Store, repository: Path, commit: str, shown_as: str, root: Path) -> Source:
    full = resolve_commit(repository, commit, shown_as)
    url = shown_as if is_git_url(shown_as) else None
    shown_as = f"{shown_as}@{full[:12]}"

    taken = Repository(repository, url, shown_as)
    absent: dict[str, str] = {}

    def fill(target: Path) -> None:
        extract_commit(taken, full, target, _is_excluded, root, absent)
        _check_links(target, shown_as)

    # Without files of Git LFS a commit's hash tells its content: nothing must be taken out, or asked of git,
    # to learn that it is there already.
    name = text_digest("commit without large files", full, path_in_repository(repository))
    if (known := store.find(name)) is not None:
        return Source(known, full, shown_as)
    absent |= absent_submodules(taken, full, _is_excluded, root)
    if absent or content_depends_on_machine(repository, full):
        copy = store.add(fill)
        return Source(copy, full, shown_as, pointers=pointers(copy), absent=absent)
    return Source(store.add(fill, name), full, shown_as)


def _files(directory: Path, shown_as: str) -> tuple[list[str], tuple[str, ...], dict[str, str]]:
    """Return the paths of all files of a directory that belong into an image, and which are uncommitted.

    The third part are submodules that are not checked out.
    """
    listed = working_tree_files(directory, shown_as)
    uncommitted: tuple[str, ...] = ()
    absent: dict[str, str] = {}
    if listed is None:
        paths = list(walk(directory, _is_excluded_directory))
    else:
        uncommitted = tuple(path for path in uncommitted_files(directory) if not _is_excluded(path))
        absent = dict(_absent_submodules(directory, listed, shown_as))
        paths = [inner for path in listed for inner in _below(directory, path)]
    environments = tuple(path.removesuffix("pyvenv.cfg") for path in paths if path.endswith("/pyvenv.cfg"))
    paths = [path for path in paths if not _is_excluded(path) and not path.startswith(environments)]
    for path in paths:
        mode = (directory / path).lstat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
            raise ProjectError(
                f"{shown_as}/{path}: is neither a regular file nor a symbolic link; move it out of the source"
            )
    return paths, uncommitted, absent


def _absent_submodules(directory: Path, listed: Sequence[str], shown_as: str) -> Iterator[tuple[str, str]]:
    """Find submodules that are not checked out: of all that git lists they alone are empty directories."""
    for path in listed:
        full = directory / path
        if full.is_dir() and not full.is_symlink() and not any(full.iterdir()):
            text = "is not checked out; run: git submodule update --init --recursive"
            yield path.rstrip("/"), f"{shown_as}: the git submodule {path} {text}"


def _below(directory: Path, path: str) -> Iterator[str]:
    """Yield `path`, or the files below it: git lists another repository inside as a directory."""
    full = directory / path
    if full.is_dir() and not full.is_symlink():
        for inner in walk(full, _is_excluded_directory):
            yield f"{path.rstrip('/')}/{inner}"
    else:
        yield path


def _is_excluded(path: str) -> bool:
    return not EXCLUDED.isdisjoint(PurePosixPath(path).parts)


def _is_excluded_directory(path: Path) -> bool:
    return path.name in EXCLUDED or (path / "pyvenv.cfg").exists()


def _check_links(directory: Path, shown_as: str) -> None:
    """Refuse symbolic links that a build could not follow."""
    for path in walk(directory):
        full = directory / path
        if not full.is_symlink():
            continue
        target = full.readlink()
        resolved = Path(os.path.normpath(full.parent / target))
        if target.is_absolute() or not resolved.is_relative_to(directory):
            text = "is outside the source; put a copy of the file there"
        elif not full.exists():
            text = "does not exist, or is never part of an image; fix or remove the link"
        else:
            continue
        raise ProjectError(f"{shown_as}/{path}: is a symbolic link to {target}, which {text}")
