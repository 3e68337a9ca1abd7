"""Pointers that Git LFS leaves in the place of files which it has not fetched."""

from pathlib import Path

from endpoints.source.store import walk

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
