"""Gathers the model files of an endpoint in one directory, from which its image is built."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from endpoints.errors import ProjectError
from endpoints.source.store import Store, file_digest, text_digest, walk

_FIRST_LINE = b"version https://git-lfs.github.com/spec/v1\n"
_SHORTEST, _LONGEST = 100, 1024
"""Bytes that a pointer can have: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""


def is_pointer(file: Path) -> bool:
    """Tell whether a file is a pointer, and not the content that it stands for."""
    if not file.is_file() or not _SHORTEST < file.stat().st_size < _LONGEST:
        return False
    with file.open("rb") as opened:
        return opened.read(len(_FIRST_LINE)) == _FIRST_LINE


def pointers(directory: Path) -> tuple[str, ...]:
    """Return the paths of all pointers below a directory, in order."""
    return tuple(sorted(path for path in walk(directory) if is_pointer(directory / path)))


@dataclass(frozen=True)
class ModelFile:
    """A local file and the path, relative to the repository, that it has in the image."""

    local: Path
    path: str
    sha256: str


def read_digest(local: Path, shown_as: str, expected: str | None) -> str:
    """Return the SHA-256 of a model file; raises ProjectError if it is missing or not the `expected` one."""
    try:
        if not local.is_file():
            what = "is not a file" if local.exists() else "there is no such file"
            raise ProjectError(
                f"{shown_as}: {what}; give the path of a file, relative to Pulumi.yaml's directory"
            )
        if is_pointer(local):
            raise ProjectError(
                f"{shown_as}: is a Git LFS pointer and not the file itself; fetch the file: git lfs pull"
            )
        state = local.stat()
        found = _digest(local, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise ProjectError(f"{shown_as}: cannot be read: {error.strerror}") from None
    if expected is not None and found != expected:
        raise ProjectError(
            f"{shown_as}: found sha256 {found}, expected {expected}; give the right file, or set the "
            "new sha256 if the change is intended"
        )
    return found


def find_model_file(project: Path, path: str) -> str | None:
    """Return where a project's directory has the file that is to be at `path`, as a path below it.

    That is the path itself, whether git ignores the file or not, or the only other one that ends in the same
    name. None if there is none, or several.
    """
    if (project / path).is_file():
        return path
    name = PurePosixPath(path).name
    found = [
        below
        for below in walk(
            project, lambda directory: directory.name.startswith(".") or _is_environment(directory)
        )
        if PurePosixPath(below).name == name
    ]
    return found[0] if len(found) == 1 else None


def _is_environment(directory: Path) -> bool:
    return (directory / "pyvenv.cfg").exists()


def stage_files(files: Sequence[ModelFile], root: Path) -> Path:
    """Return a directory that holds each file at its path.

    The copies are the kernel's work, so that size is no matter of memory. They are not hard links: a
    training that writes its next model over the file would change what was deployed.
    """
    store = Store(root, "files")
    ordered = sorted(files, key=lambda file: file.path)
    name = text_digest("files", *(text for file in ordered for text in (file.path, file.sha256)))

    def fill(target: Path) -> None:
        for file in ordered:
            copy = target / file.path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.local, copy)
            copy.chmod(0o644)
            if file_digest(copy) != file.sha256:
                raise ProjectError(f"{file.local}: changed while it was copied; try again")

    try:
        return store.find(name) or store.add(fill, name)
    except OSError as error:
        raise ProjectError(f"model files cannot be copied: {error}") from None


@lru_cache(maxsize=1024)
def _digest(local: Path, _modified: int, _size: int) -> str:
    """Read each file once in a run, however many endpoints use it."""
    return file_digest(local)
