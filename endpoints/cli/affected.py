"""`affected`: names the stacks that a change touches, for workflows that preview just these."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.source.git import changed_files, is_git_url
from endpoints.stack_file import Settings, load_settings
from endpoints.stack_file.files import project_name, project_root, read_values, stack_files, stack_name

PROGRAM = (
    "Pulumi.yaml",
    "__main__.py",
    "requirements.txt",
    "constraints.txt",
    "wheels/",
    "plugins/",
    "endpoints/",
)
"""What every stack runs, relative to Pulumi.yaml's directory; names of directories end with a slash."""

_IMMATERIAL = (".md", ".pyc")
"""Ends of the names of files of the program that no deployment depends on; bytecode follows its source."""


@dataclass(frozen=True)
class Affected:
    """A stack, and the first reason why the change touches it."""

    stack: str
    file: Path
    reason: str


def affected(root: Path, changed: Iterable[Path]) -> Iterator[Affected]:
    """Find the stacks of the program at `root` that the `changed` files, which may be gone, belong to.

    A stack file that cannot be read is affected, so that its preview tells why.
    """
    paths = sorted({Path(os.path.normpath(root / path)) for path in changed})
    program = next((path for path in paths if _is_of_program(root, path)), None)
    for file in stack_files(root):
        reason = _reason(root, file, paths, program)
        if reason:
            yield Affected(stack_name(file), file, reason)


def _reason(root: Path, file: Path, changed: list[Path], program: Path | None) -> str | None:
    if file in changed:
        return "its stack file changed"
    if program is not None:
        return f"the program changed: {program.relative_to(root)}"
    try:
        project = project_name(root)
        settings = load_settings(read_values(file, project), file, project)
    except ProjectError:
        return "its stack file cannot be read"
    found = next(
        (path for path in changed if any(_holds(place, path) for place in _places(root, settings))), None
    )
    return f"a file that it deploys changed: {os.path.relpath(found, root)}" if found else None


def _places(root: Path, settings: Settings) -> Iterator[Path]:
    """Yield the directories and files of the repository that a stack's images are made of.

    A version with a commit is made of that commit, whatever happens to the files beside it.
    """
    for deployment in settings.deployments:
        for version in deployment.versions:
            if version.commit is None and not is_git_url(deployment.source):
                yield root / deployment.source
            for endpoint in (version.endpoints or {}).values():
                yield from (root / model.path for model in endpoint.files.values() if model.path)
        for endpoint in deployment.endpoints.values():
            yield from (root / model.path for model in endpoint.files.values() if model.path)


def _holds(place: Path, path: Path) -> bool:
    return path.is_relative_to(os.path.normpath(place))


def _is_of_program(root: Path, path: Path) -> bool:
    if not path.is_relative_to(root) or path.suffix in _IMMATERIAL:
        return False
    relative = path.relative_to(root).as_posix()
    return any(relative == part or (part.endswith("/") and relative.startswith(part)) for part in PROGRAM)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--base",
        metavar="REF",
        default="HEAD",
        help="compare the working tree with its merge base with REF, as a pull request does (default: HEAD)",
    )
    chosen.add_argument(
        "--files",
        action="store_true",
        help="read the changed files from standard input, one per line, relative to this directory",
    )
    parser.add_argument(
        "--format",
        choices=("text", "names", "json"),
        default="text",
        help="text: names and reasons, names: only names, json: a list of names for a matrix (default: text)",
    )


def run(options: argparse.Namespace) -> int:
    """Print the stacks; none is no failure."""
    root = project_root(Path("Pulumi.yaml"))
    if options.files:
        changed = [Path.cwd() / line.strip() for line in sys.stdin if line.strip()]
    else:
        changed = changed_files(root, options.base)
    found = list(affected(root, changed))
    if options.format == "json":
        print(json.dumps([stack.stack for stack in found]))
    for stack in found if options.format != "json" else ():
        print(stack.stack if options.format == "names" else f"{stack.stack}: {stack.reason}")
    return 0
