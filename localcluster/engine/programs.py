"""The Pulumi CLI and the Python language host.

They must lie side by side: the CLI looks for its language host beside itself, and the host for its launcher
beside itself. tools/ builds them in two groups, so they are linked into one directory. An official CLI on
PATH brings all of this along and is used in place.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcluster.errors import ClusterError

MINIMUM_VERSION: Final = (3, 245)
"""Oldest CLI that is used: the version that tools/ builds."""

_BUILT: Final = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)\.")


class EngineSetupError(ClusterError):
    """A part of the engine is missing; the message says which, and how to get it."""


@dataclass(frozen=True)
class EnginePrograms:
    """The CLI in use."""

    pulumi: Path
    is_official: bool


def ensure_programs(directory: Path, tool_directories: list[Path], search_path: str) -> EnginePrograms:
    """Fill `directory` with the CLI to use, and what belongs to it.

    A CLI on `search_path` that is new enough and comes with its own language host is official and preferred.
    Raises EngineSetupError where there is neither that nor a built one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    official = _official_pulumi(search_path, [directory, *tool_directories])
    if official is not None:
        for name in _BUILT[1:]:
            (directory / name).unlink(missing_ok=True)
        link_program(directory / "pulumi", official, symbolic=True)
        return EnginePrograms(directory / "pulumi", is_official=True)
    for name in _BUILT:
        source = find_program(name, tool_directories)
        if source is None:
            raise EngineSetupError(
                f"{name} is not on PATH (Pulumi {MINIMUM_VERSION[0]}.{MINIMUM_VERSION[1]} or newer) "
                "and not built; run `python -m localcluster tools` to build it"
            )
        link_program(directory / name, source, symbolic=False)
    return EnginePrograms(directory / "pulumi", is_official=False)


def find_program(name: str, directories: Iterable[Path]) -> Path | None:
    """Return the first executable of that name."""
    for directory in directories:
        candidate = directory / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    return None


def _official_pulumi(search_path: str, own_directories: list[Path]) -> Path | None:
    own = {directory.resolve() for directory in own_directories}
    for entry in search_path.split(os.pathsep):
        if not entry or Path(entry).resolve() in own:
            continue
        candidate = find_program("pulumi", [Path(entry)])
        # Through symbolic links: the language host lies beside the real file.
        if candidate is not None and find_program("pulumi-language-python", [candidate.resolve().parent]):
            return candidate.resolve() if _version(candidate) >= MINIMUM_VERSION else None
    return None


def _version(pulumi: Path) -> tuple[int, int]:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [pulumi, "version"], env=environment, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    match = _VERSION.match(answer.stdout.strip())
    return (int(match[1]), int(match[2])) if match else (0, 0)


def link_program(link: Path, target: Path, *, symbolic: bool) -> None:
    """Make `link` be the target file; with a hard link if programs search the directory of their real path.

    On another file system it is a copy.
    """
    if link.exists() and not link.is_symlink() and not symbolic and _is_same(link, target):
        return
    if symbolic and link.is_symlink() and link.resolve() == target.resolve():
        return
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    if symbolic:
        fresh.symlink_to(target)
    else:
        try:
            fresh.hardlink_to(target)
        except OSError:  # another file system
            shutil.copy2(target, fresh)
    fresh.replace(link)


def _is_same(program: Path, other: Path) -> bool:
    """Tell whether both are one file, or one a copy of the other, which keeps its time."""
    one, two = program.stat(), other.stat()
    return program.samefile(other) or (one.st_size, one.st_mtime_ns) == (two.st_size, two.st_mtime_ns)
