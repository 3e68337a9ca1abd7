"""Reads the project's files, where a command alone does not show what a server does."""

import ast
import re
import stat
import warnings
from functools import cached_property
from pathlib import Path, PurePosixPath

from endpoints.requirements import CANDIDATES
from endpoints.source.store import walk

_ROOT = PurePosixPath()
_SUFFIXES = (".cfg", ".ini", ".json", ".py", ".toml", ".yaml", ".yml")
_LARGEST = 1_000_000
"""Size in bytes above which a file is taken for data and not searched."""


class Code:
    """The files of a project in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

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

    def calls(self, path: str | None, module: str, function: str) -> bool:
        """Tell whether a Python file imports `module` and calls `function`, as a name or an attribute."""
        nodes = list(ast.walk(tree)) if (tree := self.tree(path)) is not None else []
        return any(_imports(node, module) for node in nodes) and any(
            isinstance(node, ast.Call) and _name(node.func) == function for node in nodes
        )

    def tree(self, path: str | None) -> ast.Module | None:
        """Return the syntax tree of a Python file, or None if it is not there or not valid Python."""
        if path is None or not self.has_file(path):
            return None
        try:
            with warnings.catch_warnings(action="ignore"):  # of invalid escapes, which are not ours
                return ast.parse((self._directory / path).read_bytes())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether any of the project's Python or configuration files matches."""
        return any(pattern.search(text) for text in self._texts)

    @cached_property
    def _texts(self) -> list[str]:
        paths = (self._directory / path for path in walk(self._directory) if path.endswith(_SUFFIXES))
        return [
            path.read_text(encoding="utf-8", errors="replace")
            for path in paths
            if path.is_file() and path.stat().st_size <= _LARGEST
        ]


def _imports(node: ast.AST, module: str) -> bool:
    """Tell whether a statement imports a top-level module or something of it."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == module for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == module


def _name(function: ast.expr) -> str | None:
    """Return the last part of a function's name: `launch` of `demo.launch`."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None
