"""A valohai.yaml below the root of its source, beside code and requirements that the root does not have."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from endpoints.advice.server_command import only_command
from endpoints.advice.started import lacking
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.image.requirements import CANDIDATES
from endpoints.manifest import ServerCommand, Wsgi
from endpoints.source.git import is_git_url
from endpoints.stack_file import Settings

_INSTALLS_CODE = re.compile(r"^\s*(?:-e|--editable|\.)", re.MULTILINE)
_MOVES = re.compile(r"chdir|pythonpath")
_VARIABLES = frozenset({"GUNICORN_CMD_ARGS", "PYTHONPATH"})


def advise_on_working_directories(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find deployments whose code seems to expect that it starts beside valohai.yaml, in a sub-directory.

    It starts in the source's root, and requirements are those of the root, as at Valohai. A deployment is
    told once, with what all of its endpoints lack.
    """
    lacking: dict[int, dict[str, None]] = {}
    for subject in subjects:
        folder = subject.folder
        if subject.is_built and folder.parts:
            for lack in (
                *_module(subject, folder),
                *_command(subject, folder),
                *_requirements(subject, folder),
            ):
                lacking.setdefault(subject.deployment, {})[lack] = None
    for index, lacks in lacking.items():
        deployment = settings.deployments[index]
        folder = PurePosixPath(deployment.yaml).parent
        other = "write modules and paths from the root and put requirements there"
        if not is_git_url(deployment.source):
            manifest = PurePosixPath(deployment.yaml).name
            rest = "remove yaml" if manifest == "valohai.yaml" else f"yaml to {manifest}"
            other = f"set source to {PurePosixPath(deployment.source) / folder} and {rest}, or {other}"
        text = (
            f"code starts in the root of the source, as at Valohai, and not in {folder}: "
            f"{'; '.join(lacks)}; {other}"
        )
        yield settings.problem(("deployments", index, "yaml"), text)


def _module(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Tell of a module of `wsgi` that is not below the root, but below valohai.yaml's directory."""
    server, code = subject.endpoint.server, subject.code
    if not isinstance(server, Wsgi) or code.has_module(server.module):
        return
    moved = not _VARIABLES.isdisjoint(subject.settings.environment)
    installed = any(_INSTALLS_CODE.search(code.text(name)) for name in CANDIDATES)
    if moved or installed or _MOVES.search(code.text("gunicorn.conf.py")):
        return
    found = code.module_file(server.module, folder) or code.module_file(server.module, folder / "src")
    if found is not None:
        yield f"{subject.endpoint.name} has no module {server.module} there, only {found}"


def _command(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Tell of what a server-command starts, after every `cd` of it, that is not below the root."""
    command = only_command(subject)
    if command is None or not _VARIABLES.isdisjoint(subject.settings.environment):
        return
    if lack := lacking(command, subject.code, folder):
        yield f"{subject.endpoint.name} {lack}"


def _requirements(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Tell of requirements beside valohai.yaml that nobody installs, where the root has none."""
    server, code = subject.endpoint.server, subject.code
    installs = isinstance(server, ServerCommand) and any("install" in line for line in server.commands)
    if installs or code.requirements() is not None:
        return
    found = code.requirements(folder)
    if found is not None:
        yield f"{found} is not installed"
