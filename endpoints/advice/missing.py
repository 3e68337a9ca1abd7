"""Commands that start no server, and what a server needs that its image will not have."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from endpoints.advice.servers import exits_after_one_request
from endpoints.advice.shell import is_only_comments, parse
from endpoints.advice.started import ends_by_itself, is_program, lacking, started_file
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.image.requirements import CANDIDATES
from endpoints.manifest import ServerCommand, Wsgi
from endpoints.source.git import is_git_url
from endpoints.stack_file import Settings
from endpoints.wording import quote

_NO_SERVER = "no server keeps running; end with the command that starts the server"
_IGNORED = "(files that .gitignore names are left out)"

_INSTALLS_CODE = re.compile(r"^\s*(?:-e|--editable|\.)", re.MULTILINE)
_SETS_DIRECTORY = re.compile(r"chdir|pythonpath")
_VARIABLES = frozenset({"GUNICORN_CMD_ARGS", "PYTHONPATH"})
"""Variables that may change where modules are looked for."""


def advise_on_commands_that_end(subject: Subject) -> Iterator[Problem]:
    """Find a server-command that cannot start a server."""
    server = subject.endpoint.server
    if not isinstance(server, ServerCommand):
        return
    commands = parse(server.commands)
    if is_only_comments(server.commands):
        yield subject.on_server(f"contains only comments, so {_NO_SERVER}")
    elif commands == ():
        yield subject.on_server(f"only sets variables, so {_NO_SERVER}")
    elif commands and all(map(ends_by_itself, commands)):
        yield subject.on_server(f"ends after {quote(commands[-1].text)}, so {_NO_SERVER}")


def advise_on_single_requests(subject: Subject) -> Iterator[Problem]:
    """Find a server that exits after one request, which a probe by TCP or HTTP is as well."""
    if not exits_after_one_request(subject.endpoint.server):
        return
    kind = subject.settings.probe.kind
    if kind in ("tcp", "http"):
        hint = f"; remove probe: {{kind: {kind}}}, because each such probe counts as a request"
    elif not subject.is_built:
        hint = "; the TCP probe of a ready image counts as a request"
    else:
        hint = ""
    yield subject.on_server(
        "this server exits after one request, and Kubernetes waits longer before each restart; "
        f"use wsgi for an application, or another server{hint}"
    )


def advise_on_missing_files(subject: Subject) -> Iterator[Problem]:
    """Find a program, script or directory that is not in the project, and a program that is not executable.

    Only a command that stands alone or after `cd` is judged: other commands may create the file. Commands
    start in the project's directory, which also gets the model files. A valohai.yaml in a sub-directory is
    left to `advise_on_working_directories`.
    """
    command = subject.only_command if subject.is_built else None
    if command is None or command.directory is None:
        return
    if subject.folder.parts and lacking(command, subject.code, subject.folder):
        return
    files = {PurePosixPath(file.path) for file in subject.endpoint.files}
    directory = command.directory
    if not subject.code.has_directory(directory) and not any(
        file.is_relative_to(directory) for file in files
    ):
        yield subject.on_server(
            f"changes to {directory}, which is not a directory of the project; correct the path, or add the "
            f"directory {_IGNORED}"
        )
        return
    path = started_file(command)
    if path is None or PurePosixPath(path) in files:
        return
    if not subject.code.has_file(path):
        yield subject.on_server(
            f"starts {path}, which is not in the project, so no pod can start; correct the path, or add the "
            f"file {_IGNORED}"
        )
    elif subject.code.text(path).partition("\n")[0].endswith("\r") and path.endswith(".sh"):
        yield subject.on_server(
            f"starts {path}, which has Windows line endings, so the shell cannot run it; save it with LF "
            "line endings, and add *.sh text eol=lf to .gitattributes"
        )
    elif is_program(command) and not subject.code.is_executable(path):
        yield subject.on_server(
            f"starts {path}, which is not executable, so no pod can start; run chmod +x on it and commit "
            "that, or name its interpreter, such as sh"
        )


def advise_on_working_directories(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find deployments whose code seems to expect that it starts beside valohai.yaml, in a sub-directory.

    It starts in the source's root, and the root's requirements are installed, as at Valohai. Each deployment
    gets one piece of advice, with what all of its endpoints lack.
    """
    lacks: dict[int, dict[str, None]] = {}
    for subject in subjects:
        folder = subject.folder
        if subject.is_built and folder.parts:
            for lack in (
                *_lacks_module(subject, folder),
                *_lacks_file(subject, folder),
                *_lacks_requirements(subject, folder),
            ):
                lacks.setdefault(subject.deployment, {})[lack] = None
    for index, found in lacks.items():
        deployment = settings.deployments[index]
        folder = PurePosixPath(deployment.yaml).parent
        remedy = "write modules and paths relative to the root, and put requirements there"
        if not is_git_url(deployment.source):
            manifest = PurePosixPath(deployment.yaml).name
            rest = "remove yaml" if manifest == "valohai.yaml" else f"yaml to {manifest}"
            remedy = f"set source to {PurePosixPath(deployment.source) / folder} and {rest}, or {remedy}"
        text = (
            f"code starts in the root of the source, as at Valohai, and not in {folder}: {'; '.join(found)}; "
            f"{remedy}"
        )
        yield settings.problem(("deployments", index, "yaml"), text)


def _lacks_module(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Find a module of `wsgi` that is not below the root, but below valohai.yaml's directory."""
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi) or code.has_module(server.module):
        return
    moved = not _VARIABLES.isdisjoint(subject.settings.environment)
    installed = any(_INSTALLS_CODE.search(code.text(name)) for name in CANDIDATES)
    if moved or installed or _SETS_DIRECTORY.search(code.text("gunicorn.conf.py")):
        return
    found = code.module_file(server.module, folder) or code.module_file(server.module, folder / "src")
    if found is not None:
        yield f"{subject.endpoint.name} has no module {server.module} there, only {found}"


def _lacks_file(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Find what a server-command starts that is not below the root."""
    command = subject.only_command
    if command is None or not _VARIABLES.isdisjoint(subject.settings.environment):
        return
    if lack := lacking(command, subject.code, folder):
        yield f"{subject.endpoint.name} {lack}"


def _lacks_requirements(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Find requirements beside valohai.yaml that are not installed, if the root has none."""
    server, code = subject.endpoint.server, subject.code
    installs = isinstance(server, ServerCommand) and any("install" in line for line in server.commands)
    if installs or code.requirements() is not None:
        return
    found = code.requirements(folder)
    if found is not None:
        yield f"{found} is not installed"
