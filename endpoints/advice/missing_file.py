"""Commands that start a file which the image will not have."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from endpoints.advice.server_command import KEY, only_command
from endpoints.advice.shell import Command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem

_PROGRAM = re.compile(r"\./([\w./-]+)")
_INTERPRETER = re.compile(r"sh|bash|python[\d.]*")
_SCRIPT = re.compile(r"(?:\./)?(\w[\w./-]*\.(?:sh|py))")


def advise_on_missing_files(subject: Subject) -> Iterator[Problem]:
    """Find a program or script of the project that is not in it, or that may not be run.

    Only a command that stands alone is judged: others may go elsewhere, or make the file before. Commands
    start in the project's directory, where model files are put as well.
    """
    command = only_command(subject) if subject.is_built else None
    if command is None:
        return
    program = _PROGRAM.fullmatch(command.written)
    found = program or _script(command)
    if found is None or found[1] in {str(PurePosixPath(file.path)) for file in subject.endpoint.files}:
        return
    path = found[1]
    if not subject.code.has_file(path):
        text = (
            f"starts {path}, which is not in the project, so that no pod starts; correct the path, or add "
            "the file (what .gitignore names stays out)"
        )
        yield subject.in_manifest(KEY, text)
    elif program is not None and not subject.code.is_executable(path):
        text = (
            f"starts {path}, which is not executable, so that no pod starts; chmod +x it (and commit that), "
            "or name its interpreter, such as sh"
        )
        yield subject.in_manifest(KEY, text)


def _script(command: Command) -> re.Match[str] | None:
    """Return the script that an interpreter is given without options, which could mean anything."""
    if not command.arguments or not _INTERPRETER.fullmatch(command.written):
        return None
    return _SCRIPT.fullmatch(command.arguments[0])
