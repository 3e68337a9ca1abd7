"""Puts everything that an image is built from into one directory, for builders that take no more than one."""

import os
import posixpath
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.source.store import Store, text_digest

DOCKERIGNORE = ".dockerignore"


def ignored(directory: Path, paths: Iterable[str]) -> set[str]:
    """Return those of `paths` that `.dockerignore` surely excludes.

    Where a line uses more than names, `*`, `?`, `**` between slashes and `!`, or is no UTF-8, none is
    returned: the builder alone then knows.
    """
    try:
        text = (directory / DOCKERIGNORE).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, UnicodeDecodeError):
        return set()
    rules: list[tuple[bool, re.Pattern[str]]] = []
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        regex = _regex(pattern.removeprefix("!").strip())
        if regex is None:
            return set()
        rules.append((not pattern.startswith("!"), regex))
    return {path for path in paths if _is_excluded(path, rules)}


def below(directory: str, text: str) -> str:
    """Return the patterns of a `.dockerignore` as they are written one directory further up."""
    lines = []
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        exception = "!" if pattern.startswith("!") else ""
        path = posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")
        lines.append(f"{exception}{directory}/{path}\n")
    return "".join(lines)


def _is_excluded(path: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    return next((excludes for excludes, regex in reversed(rules) if regex.fullmatch(path)), False)


def _regex(pattern: str) -> re.Pattern[str] | None:
    """Translate a pattern without its `!`; None if it is not a plain one."""
    expression = ""
    for segment in posixpath.normpath(pattern).strip("/").split("/"):
        if segment == "**":
            expression += "(?:[^/]+/)*"
        elif "**" in segment or re.search(r"[\[\]\\]", segment) or segment == "..":
            return None
        else:
            expression += re.escape(segment).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") + "/"
    # The slash after the last segment stands for what is below it, and is not there for the path itself.
    return re.compile(expression[:-1] + "(?:/.*)?" if expression.endswith("/") else expression + ".*")


DOCKERFILE = "Dockerfile"
"""Name of the Dockerfile in the directory."""


def stage_single_context(parts: Mapping[str, Path], repository: str, dockerfile: str, root: Path) -> Path:
    """Return a directory that holds the Dockerfile and each of `parts` under its name.

    `repository` is the part with the project's code, whose `.dockerignore` holds for it alone. The parts are
    directories of the store, which never change, so that hard links to their files are copies.
    """
    store = Store(root, "contexts")
    name = text_digest(
        "context", dockerfile, *(text for key, path in parts.items() for text in (key, path.name))
    )

    def fill(target: Path) -> None:
        for key, path in parts.items():
            shutil.copytree(path, target / key, symlinks=True, copy_function=os.link)
        (target / DOCKERFILE).write_text(dockerfile, encoding="utf-8")
        ignored = parts[repository] / DOCKERIGNORE
        if ignored.is_file():
            (target / DOCKERIGNORE).write_text(below(repository, ignored.read_text(encoding="utf-8-sig")))

    try:
        return store.find(name) or store.add(fill, name)
    except (OSError, UnicodeDecodeError, shutil.Error) as error:
        raise ProjectError(f"the build context of the image cannot be collected: {error}") from None
