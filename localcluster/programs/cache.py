"""Directories of the user's cache that are either complete or absent, however their filling ends."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def completed_directory(directory: Path) -> Iterator[Path | None]:
    """Give an empty directory to fill, which is called `directory` once the block ends without error.

    Gives None when `directory` is complete already. Only one process fills it at a time, the others wait;
    what a killed one left is removed.
    """
    if directory.is_dir():
        yield None
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    lock = directory.with_name(f".{directory.name}.lock")
    partial = directory.with_name(f".{directory.name}.partial")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if directory.is_dir():
            yield None
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        partial.rename(directory)
    finally:
        os.close(descriptor)
