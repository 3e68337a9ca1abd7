"""Commands that start a file which the image will not have."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from endpoints.advice.address import KEY
from endpoints.advice.shell import parse
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import ServerCommand

_BEFORE = r"^(?:(?:\w+=\S*|exec|env)\s+)*"
_PROGRAM = re.compile(rf"{_BEFORE}\./([\w./-]+)(?:\s|$)")
_SCRIPT = re.compile(rf"{_BEFORE}(?:sh|bash|python[\d.]*)\s+(?:\./)?(\w[\w./-]*\.(?:sh|py))(?:\s|$)")


def advise_on_missing_files(subject: Subject) -> Iterator[Problem]:
    """Find a program or script of the project that is not in it, or that may not be run.

    Only a command that stands alone is judged: others may go elsewhere, or make the file before. Commands
    start in the project's directory, where model files are put as well.
    """
    server = subject.endpoint.server
    if not isinstance(server, ServerCommand) or not subject.is_built:
        return
    commands = parse(server.commands)
    if commands is None or len(commands) != 1:
        return
    program, script = _PROGRAM.match(commands[0].text), _SCRIPT.match(commands[0].text)
    found = program or script
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
