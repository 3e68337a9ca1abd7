"""Directories that are named by their content and never change, under `.endpoints` beside Pulumi.yaml.

Images are built from these copies, so that what was previewed is what is built, with file modes that are
the same on every machine. Removing `.endpoints` is always safe: what is needed is made again.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from endpoints.errors import Problem, ProjectError

STORE_DIRECTORY = ".endpoints"
"""Git-ignored directory beside Pulumi.yaml."""

UNUSED_SECONDS = 14 * 24 * 3600
"""A copy that no preview or update has used for two weeks is removed; younger ones may be other stacks'."""

_NAME = re.compile(r"[0-9a-f]{32}")
UNFINISHED = ".unfinished-"
"""Begins the name of a directory that is still being filled."""


class Store:
    """Content-addressed directories of one kind, such as `sources`, below a project's root."""

    def __init__(self, root: Path, kind: str) -> None:
        self.directory = root / STORE_DIRECTORY / kind

    def find(self, name: str) -> Path | None:
        """Return the directory of that name, noting that it is in use, or None."""
        path = self.directory / name
        if not path.is_dir():
            return None
        with contextlib.suppress(PermissionError):  # of another account, whose later use keeps it
            os.utime(path)
        return path

    def add(self, fill: Callable[[Path], None], name: str | None = None) -> Path:
        """Make a directory by `fill`, which writes files into an empty one, and return its final place.

        `name` is by default the digest of what was written. The directory appears at once and complete, or
        not at all; where another process was faster, its directory is taken. Raises ProjectError where this
        account may not write, or nothing more fits.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(dir=self.directory, prefix=UNFINISHED))
        except OSError as error:
            text = f"cannot be written: {error.strerror}; make it writable for this account, or remove it"
            raise ProjectError(Problem(str(self.directory.parent), None, "", text)) from None
        try:
            fill(unfinished)
            paths = list(walk(unfinished))
            _normalise(unfinished, paths)
            target = self.directory / (name or tree_digest(unfinished, paths))
            unfinished.chmod(0o755)
            try:
                unfinished.rename(target)
            except OSError:
                if not target.is_dir():
                    raise
            return target
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def add_copy(
        self, source: Path, paths: Sequence[str], check: Callable[[Path], None] = lambda _: None
    ) -> Path:
        """Return a directory that holds the files at `paths` of `source`; `check` may refuse a new copy."""

        def fill(target: Path) -> None:
            copy_files(source, paths, target)
            check(target)

        return self.find(tree_digest(source, paths)) or self.add(fill)

    def prune(self) -> None:
        """Remove what has not been used for long, and what interrupted processes left behind."""
        if not self.directory.is_dir():
            return
        oldest = time.time() - UNUSED_SECONDS
        for path in self.directory.iterdir():
            ours = _NAME.fullmatch(path.name) or path.name.startswith(UNFINISHED)
            if ours and path.is_dir() and not path.is_symlink() and path.stat().st_mtime < oldest:
                shutil.rmtree(path, ignore_errors=True)


def stage_texts(texts: Mapping[str, str], kind: str, root: Path) -> Path:
    """Return a directory of the store `kind` that holds each text in a file of its name."""
    store = Store(root, kind)
    name = text_digest(kind, *(part for item in sorted(texts.items()) for part in item))

    def fill(target: Path) -> None:
        for file, text in texts.items():
            (target / file).write_text(text, encoding="utf-8")

    return store.find(name) or store.add(fill, name)


def prune(root: Path) -> None:
    """Remove what no preview or update has used for long, of every kind."""
    stores = root / STORE_DIRECTORY
    for directory in stores.iterdir() if stores.is_dir() else ():
        Store(root, directory.name).prune()


def text_digest(*parts: str) -> str:
    """Return a store name for something that is fully told by these texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def tree_digest(directory: Path, paths: Iterable[str]) -> str:
    """Return the digest of the files at `paths`: names, contents, symbolic links and execute bits.

    Raises ProjectError for a file that this account may not read.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        full = directory / path
        mode = full.lstat().st_mode
        if stat.S_ISLNK(mode):
            kind, content = "link", str(full.readlink())
        else:
            kind, content = f"{_file_mode(mode):o}", _readable_digest(full)
        digest.update(f"{kind}\0{path}\0{content}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def _readable_digest(path: Path) -> str:
    try:
        return file_digest(path)
    except PermissionError as error:
        text = f"cannot be read: {error.strerror}; make it readable, or exclude it with .gitignore"
        raise ProjectError(Problem(str(path), None, "", text)) from None


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, read in small pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def walk(directory: Path, skip: Callable[[Path], bool] = lambda _: False) -> Iterator[str]:
    """Yield the path, relative to `directory`, of everything below it that is no directory.

    Directories for which `skip` holds are not entered. Symbolic links are not followed.
    """
    for parent, directories, files in os.walk(directory):
        here = Path(parent)
        for name in list(directories):
            if (here / name).is_symlink():
                files.append(name)
                directories.remove(name)
            elif skip(here / name):
                directories.remove(name)
        for name in files:
            yield (here / name).relative_to(directory).as_posix()


def copy_files(source: Path, paths: Iterable[str], target: Path) -> None:
    """Copy files and symbolic links, with their directories, from `source` to `target`."""
    for path in paths:
        destination = target / path
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, destination, follow_symlinks=False)
        if not destination.is_symlink():
            shutil.copymode(source / path, destination)


def _normalise(directory: Path, paths: Iterable[str]) -> None:
    """Give directories and files the modes that they have on every machine."""
    for path in paths:
        full = directory / path
        if not full.is_symlink():
            full.chmod(_file_mode(full.stat().st_mode))
    for parent, names, _ in os.walk(directory):
        for name in names:
            inner = Path(parent, name)
            if not inner.is_symlink():
                inner.chmod(0o755)


def _file_mode(mode: int) -> int:
    return 0o755 if mode & stat.S_IXUSR else 0o644
