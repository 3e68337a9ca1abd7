"""Commands that start a file which the image will not have."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from endpoints.advice.server_command import KEY, only_command
from endpoints.advice.started import is_program, lacking, started_file
from endpoints.advice.subject import Subject
from endpoints.errors import Problem


def advise_on_missing_files(subject: Subject) -> Iterator[Problem]:
    """Find a program, script or directory that is not in the project, and a program that may not be run.

    Only a command that stands alone, or after `cd`, is judged: others may make the file before. Commands
    start in the project's directory, where model files are put as well. What is beside a valohai.yaml in a
    sub-directory is told by the advice on working directories.
    """
    command = only_command(subject) if subject.is_built else None
    if command is None or command.directory is None:
        return
    if subject.folder.parts and lacking(command, subject.code, subject.folder):
        return
    files = {PurePosixPath(file.path) for file in subject.endpoint.files}
    directory = command.directory
    if not subject.code.has_directory(directory) and not any(
        file.is_relative_to(directory) for file in files
    ):
        text = (
            f"goes into {directory}, which is no directory of the project; correct the path, or add the "
            "directory (what .gitignore names stays out)"
        )
        yield subject.in_manifest(KEY, text)
        return
    path = started_file(command)
    if path is None or PurePosixPath(path) in files:
        return
    if not subject.code.has_file(path):
        text = (
            f"starts {path}, which is not in the project, so that no pod starts; correct the path, or add "
            "the file (what .gitignore names stays out)"
        )
        yield subject.in_manifest(KEY, text)
    elif subject.code.text(path).partition("\n")[0].endswith("\r") and path.endswith(".sh"):
        text = (
            f"starts {path}, whose lines end as those of Windows do, so that no shell finds what they name; "
            "save it with line feeds alone, and write *.sh text eol=lf into .gitattributes"
        )
        yield subject.in_manifest(KEY, text)
    elif is_program(command) and not subject.code.is_executable(path):
        text = (
            f"starts {path}, which is not executable, so that no pod starts; chmod +x it (and commit that), "
            "or name its interpreter, such as sh"
        )
        yield subject.in_manifest(KEY, text)
