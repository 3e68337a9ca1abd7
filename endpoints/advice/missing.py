"""Commands that start no server, and what a server needs that its image will not have."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase as fnmatch
from pathlib import PurePosixPath

from endpoints.advice.application import SEARCH_OPTIONS, named_module, served_files
from endpoints.advice.code import Code
from endpoints.advice.servers import exits_after_one_request, server_of
from endpoints.advice.shell import Command, below, ends_by_itself, is_only_comments, parse, syntax_error
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.image.requirements import CANDIDATES
from endpoints.manifest import ServerCommand, Wsgi
from endpoints.source.git import is_git_url
from endpoints.stack_file import Settings
from endpoints.wording import quote

_NO_SERVER = "no server keeps running; end with the command that starts the server"
_IGNORED = "(files that .gitignore names are left out)"

_PROGRAM = re.compile(r"\.\.?/[\w./-]+")
_INTERPRETER = re.compile(r"sh|bash|python[\d.]*")
_RUN_SCRIPTS = (("streamlit", "run"), ("fastapi", "run"), ("fastapi", "dev"))
_SCRIPT = re.compile(r"(?:\.\.?/)*\w[\w./-]*\.(?:sh|py)")

_ROOT = PurePosixPath()
_DOWNLOADS = re.compile(r"download|urlretrieve|requests\.get|urlopen|boto3|from_pretrained|gsutil|s3fs", re.I)
_INSTALLS_CODE = re.compile(r"^\s*(?:-e|--editable|\.)", re.MULTILINE)
_SETS_DIRECTORY = re.compile(r"chdir|pythonpath")
_VARIABLES = frozenset({"GUNICORN_CMD_ARGS", "PYTHONPATH"})
"""Variables that may change where modules are looked for."""


def advise_on_shell_syntax(subject: Subject) -> Iterator[Problem]:
    """Find a server-command that no shell can read."""
    server = subject.endpoint.server
    for text in server.commands if isinstance(server, ServerCommand) else ():
        if error := syntax_error(text):
            what = f"cannot be read by a shell ({error}), so no pod can start"
            yield subject.on_server(f"{what}; correct {quote(text)}")


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
    if subject.folder.parts and _lacking(command, subject.code, subject.folder):
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
    path = _started_file(command)
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
    elif _is_program(command) and not subject.code.is_executable(path):
        yield subject.on_server(
            f"starts {path}, which is not executable, so no pod can start; run chmod +x on it and commit "
            "that, or name its interpreter, such as sh"
        )


def advise_on_ignored_model_files(subject: Subject) -> Iterator[Problem]:
    """Find a model file that the served code opens and that is kept out of the project, by git or DVC.

    Code that downloads something may fetch the file itself.
    """
    code, files = subject.code, served_files(subject) if subject.is_built else None
    given = {PurePosixPath(file.path).name for file in subject.endpoint.files}
    if files is None or any(_DOWNLOADS.search(code.text(file)) for file in files):
        return
    for file in sorted(files):
        python = code.python(file)
        for path in sorted(python.opened_model_files()) if python is not None else ():
            places = [inside for base in (_ROOT, PurePosixPath(file).parent) if (inside := below(base, path))]
            there = any(code.has_file(str(place)) for place in places)
            reasons = [reason for place in places if (reason := _kept_out(code, place))]
            if reasons and not there and PurePosixPath(path).name not in given:
                yield subject.on_server(
                    f"{file} opens {path}, which is not in the project, since {reasons[0]}; add it to "
                    "files of the endpoint in valohai.yaml, and say in the stack file where it is"
                )


def judge_absent_submodules(
    subject: Subject, absent: Mapping[str, str], told: Callable[[str], Problem]
) -> tuple[list[Problem], list[Problem]]:
    """Return what keeps an endpoint back since its project lacks submodules, and what is only advice.

    `absent` are texts by the path of a submodule, of which `told` makes problems. An endpoint needs a
    submodule unless it is known which files it serves, and neither these nor its command, its variables and
    the requirements name a part of the path.
    """
    problems: list[Problem] = []
    advice: list[Problem] = []
    for path, text in absent.items() if subject.is_built else ():
        if _needs(subject, path):
            problems.append(told(f"{text} (the endpoint {subject.endpoint.name} may need it)"))
        else:
            advice.append(told(f"{text} (no error: no file that the endpoints serve names it)"))
    return problems, advice


def _needs(subject: Subject, path: str) -> bool:
    code, files = subject.code, served_files(subject)
    if files is None:
        return True
    server = subject.endpoint.server
    words = [server.module] if isinstance(server, Wsgi) else [command.text for command in subject.commands]
    words += [value for value in subject.settings.environment.values() if isinstance(value, str)]
    requirements = code.text(code.requirements())
    name = re.compile(
        "|".join(rf"(?<![A-Za-z0-9]){re.escape(part)}(?![A-Za-z0-9])" for part in path.split("/"))
    )
    texts = (*words, requirements, *map(code.text, files))
    return _INSTALLS_CODE.search(requirements) is not None or any(map(name.search, texts))


def _kept_out(code: Code, path: PurePosixPath) -> str | None:
    """Return why a file is not part of a commit, or None if that is not known."""
    for tracked in (path, *path.parents[:-1]):
        if code.has_file(f"{tracked}.dvc"):
            return f"DVC has it ({tracked}.dvc)"
    for directory in reversed(path.parents):
        file = directory / ".gitignore"
        if line := _ignoring_line(code.text(str(file)), path.relative_to(directory)):
            return f"{file} names {line}"
    return None


def _ignoring_line(text: str, path: PurePosixPath) -> str | None:
    """Return the line of a .gitignore that names a path below its directory; None if that is not certain."""
    lines = [line.strip() for line in text.splitlines()]
    if any(line.startswith("!") for line in lines):
        return None
    for line in lines:
        pattern = line.strip("/")
        names = [str(path), *map(str, path.parents)] if "/" in line.rstrip("/") else path.parts
        if pattern and not line.startswith("#") and any(fnmatch(name, pattern) for name in names):
            return line
    return None


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
    installed = any(_INSTALLS_CODE.search(code.text(name)) for name in (*CANDIDATES, subject.requirements))
    installed |= subject.may_install_itself
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
    if lack := _lacking(command, subject.code, folder):
        yield f"{subject.endpoint.name} {lack}"


def _lacks_requirements(subject: Subject, folder: PurePosixPath) -> Iterator[str]:
    """Find requirements beside valohai.yaml that are not installed, if the root has none."""
    server, code = subject.endpoint.server, subject.code
    installs = isinstance(server, ServerCommand) and any("install" in line for line in server.commands)
    if installs or subject.requirements is not None:
        return
    found = code.requirements(folder)
    if found is not None:
        yield f"{found} is not installed"


def _is_program(command: Command) -> bool:
    """Tell whether the command runs a file by its path; the file must be executable then."""
    return _PROGRAM.fullmatch(command.written) is not None


def _started_file(command: Command) -> str | None:
    """Return the program or script that a command starts, by its path in the project.

    None for everything else, and for an interpreter with options, whose meaning is not known.
    """
    if _is_program(command):
        return command.path(command.written)
    if any(map(command.starts_with, _RUN_SCRIPTS)):
        script = command.arguments[1:2]
    elif _INTERPRETER.fullmatch(command.written) and command.program == command.written:
        script = command.arguments[:1]
    else:
        return None
    return command.path(script[0]) if script and _SCRIPT.fullmatch(script[0]) else None


def _imported_module(command: Command, code: Code) -> str | None:
    """Return the module that a known server imports from the command's directory, or None.

    None, too, if an option or a variable may change where modules are looked for.
    """
    row = server_of(command, code)
    moved = command.options(SEARCH_OPTIONS) or "PYTHONPATH" in {**command.variables, **command.own}
    if row is None or not row.serves_modules or moved:
        return None
    found = named_module(row, command, {}, code)
    return None if found is None else found[0]


def _lacking(command: Command, code: Code, folder: PurePosixPath) -> str | None:
    """Return what a command does not find from the root of the source, but would find from `folder`."""
    directory = command.directory
    if directory is None:
        return None
    if not code.has_directory(directory):
        only = folder / directory
        return f"changes to {directory}, only {only} is there" if code.has_directory(only) else None
    if file := _started_file(command):
        there = str(folder / file)
        missing = not code.has_file(file) and code.has_file(there)
        return f"has no file {file} there, only {there}" if missing else None
    if (module := _imported_module(command, code)) and not code.has_module(module, directory):
        found = code.module_file(module, folder / directory)
        return f"has no module {module} there, only {found}" if found else None
    return None
