"""Reads the project's files, where a command alone does not show what a server does."""

import ast
import re
import stat
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from endpoints.advice.syntax import imported_modules, named_scripts, parse_python
from endpoints.image.requirements import CANDIDATES
from endpoints.source.store import walk

_ROOT = PurePosixPath()
_SUFFIXES = (".cfg", ".ini", ".json", ".py", ".toml", ".yaml", ".yml")
_MANIFESTS = ("valohai.yaml", "valohai.yml")
"""Not searched: what they say of one endpoint's server means nothing for another one."""

_LARGEST = 1_000_000
"""Size in bytes above which a file is taken for data and not searched."""


class Code:
    """The files of a project in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._trees: dict[str, ast.Module | None] = {}

    def has_module(self, name: str, directory: PurePosixPath = _ROOT) -> bool:
        """Tell whether a dotted name is a module of the project and not of an installed package."""
        return self.module_file(name, directory) is not None

    def module_file(self, name: str, directory: PurePosixPath = _ROOT) -> str | None:
        """Return the file of a module that Python finds from a directory of the project, or None."""
        path = directory.joinpath(*name.split("."))
        return next(filter(self.has_file, (f"{path}.py", f"{path}/__init__.py")), None)

    def requirements(self, directory: PurePosixPath = _ROOT) -> str | None:
        """Return the requirements file that would be installed if the project's root were `directory`."""
        return next(filter(self.has_file, (str(directory / name) for name in CANDIDATES)), None)

    def has_file(self, path: str | None) -> bool:
        """Tell whether the project has this file; None stands for a path that is not known."""
        return path is not None and (self._directory / path).is_file()

    def has_directory(self, path: PurePosixPath) -> bool:
        """Tell whether the project has this directory."""
        return (self._directory / path).is_dir()

    def is_executable(self, path: str) -> bool:
        """Tell whether a file of the project may be run as a program."""
        return bool((self._directory / path).stat().st_mode & stat.S_IXUSR)

    def text(self, path: str | None) -> str:
        """Return the content of a file of the project, or "" if there is no such file."""
        if path is None or not self.has_file(path):
            return ""
        return (self._directory / path).read_bytes().decode("utf-8", errors="replace")

    def tree(self, path: str | None) -> ast.Module | None:
        """Return the syntax tree of a Python file, or None if it is not there or cannot be read."""
        if path is None or not self.has_file(path):
            return None
        if path not in self._trees:
            self._trees[path] = parse_python((self._directory / path).read_bytes())
        return self._trees[path]

    def imported_files(self, entry: str, directories: Sequence[PurePosixPath]) -> frozenset[str] | None:
        """Return a Python file and those that it imports from the project, with what they import.

        Modules are looked for in `directories` and beside the file. None if a file may import anything.
        """
        found: set[str] = set()
        waiting = [entry]
        while waiting:
            file = waiting.pop()
            tree = self.tree(file)
            roots = dict.fromkeys([*directories, PurePosixPath(entry).parent])
            modules = None if tree is None else imported_modules(tree, _package(file, roots))
            if tree is None or modules is None or "django" in modules:
                return None
            found.add(file)
            imported = [
                self.module_file(".".join(parts[:length]), root)
                for parts in (module.split(".") for module in modules if module)
                for length in range(1, len(parts) + 1)
                for root in roots
            ]
            scripts = [path for path in named_scripts(tree) if self.has_file(path)]
            waiting += {path for path in [*imported, *scripts] if path is not None} - found - {*waiting}
        return frozenset(found)

    def files(self, pattern: str) -> list[str]:
        """Return the files of the project whose whole path matches a regular expression."""
        return [path for path in self._paths if re.fullmatch(pattern, path)]

    def mentions(self, pattern: re.Pattern[str], files: frozenset[str] | None = None) -> bool:
        """Tell whether any of the project's Python or configuration files matches.

        Of Python files only `files` count, if they are given.
        """
        return any(
            pattern.search(text)
            for path, text in self._texts.items()
            if files is None or path in files or not path.endswith(".py")
        )

    @cached_property
    def _paths(self) -> list[str]:
        return list(walk(self._directory))

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {
            path: self.text(path)
            for path in self._paths
            if path.endswith(_SUFFIXES)
            and not path.endswith(_MANIFESTS)
            and (self._directory / path).is_file()
            and (self._directory / path).stat().st_size <= _LARGEST
        }


def _package(file: str, roots: Iterable[PurePosixPath]) -> str:
    """Return the dotted name of the package that a file is in, from the nearest of the directories."""
    parent = PurePosixPath(file).parent
    inside = [parent.relative_to(root) for root in roots if parent.is_relative_to(root)]
    return ".".join(min(inside, key=lambda path: len(path.parts)).parts) if inside else ""
