"""Files that are written completely or not at all, so that a killed `up` leaves none that cannot be read."""

import os
from pathlib import Path


def write_atomically(path: Path, content: str, mode: int = 0o644) -> None:
    """Put `content` in the place of the file, whose directory is there.

    Readers never see a partial file, and accounts that `mode` excludes can never read it.
    """
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & 0o700), "w") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
    partial.replace(path)
