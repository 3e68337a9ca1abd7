"""Looks into a project's own code, where a command alone does not tell what a server does."""

import re
import stat
from functools import cached_property
from pathlib import Path, PurePosixPath

from endpoints.image.requirements import CANDIDATES
from endpoints.source.store import walk

_ROOT = PurePosixPath()
_READ = (".cfg", ".ini", ".json", ".py", ".toml", ".yaml", ".yml")
_LONGEST = 1_000_000
"""Bytes of a file that may be code; larger ones are data."""


class Code:
    """The files of a project below `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def has_module(self, name: str, directory: PurePosixPath = _ROOT) -> bool:
        """Tell whether a dotted name is a module of the project, and not one of an installed package."""
        return self.module_file(name, directory) is not None

    def module_file(self, name: str, directory: PurePosixPath = _ROOT) -> str | None:
        """Return the file of a module that is found from a directory of the project, if it is there."""
        path = directory.joinpath(*name.split("."))
        return next(filter(self.has_file, (f"{path}.py", f"{path}/__init__.py")), None)

    def requirements(self, directory: PurePosixPath = _ROOT) -> str | None:
        """Return the requirements that would be installed if the directory were the project's root."""
        return next(filter(self.has_file, (str(directory / name) for name in CANDIDATES)), None)

    def has_file(self, path: str | None) -> bool:
        """Tell whether the project has this file; None is a path that cannot be told."""
        return path is not None and (self._directory / path).is_file()

    def has_directory(self, path: PurePosixPath) -> bool:
        """Tell whether the project has this directory."""
        return (self._directory / path).is_dir()

    def is_executable(self, path: str) -> bool:
        """Tell whether a file of the project may be run as a program."""
        return bool((self._directory / path).stat().st_mode & stat.S_IXUSR)

    def text(self, path: str | None) -> str:
        """Return a file of the project; a file that is not there, or no file of text, is empty."""
        if path is None or not self.has_file(path):
            return ""
        return (self._directory / path).read_bytes().decode("utf-8", errors="replace")

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether any of the project's Python or configuration files matches."""
        return any(pattern.search(text) for text in self._texts)

    @cached_property
    def _texts(self) -> list[str]:
        paths = (self._directory / path for path in walk(self._directory) if path.endswith(_READ))
        return [
            path.read_text(encoding="utf-8", errors="replace")
            for path in paths
            if path.is_file() and path.stat().st_size <= _LONGEST
        ]
