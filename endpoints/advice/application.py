"""The application that a server imports: whether its module and name exist, and which files it runs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from endpoints.advice.code import Code
from endpoints.advice.dependencies import advise_on_uninstalled_projects
from endpoints.advice.models import Server
from endpoints.advice.servers import server_of
from endpoints.advice.shell import Command, below
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi
from endpoints.wording import beginning

_ROOT = PurePosixPath()
_DEFAULT_NAMES = ("application", "app")
"""What is looked for if `wsgi` names no callable; see endpoints/serving/valohai_serving/application.py."""

_CLASSES = ("Flask", "FastAPI", "Starlette", "Dash", "Quart", "Bottle", "Sanic", "Litestar")
_APPLICATION = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<callable>[A-Za-z_][\w.]*)(?:\(.*\))?")
"""`module:callable` as servers take it, also with a call: `module:create_app()`."""

SEARCH_OPTIONS = ("--app-dir", "--chdir", "--pythonpath")
"""Options of servers that say where modules are looked for."""

_SETS_DIRECTORY = re.compile(r"chdir|pythonpath")
_INSTALLERS = ("cd", "echo", "ls", "pip", "pip3")
"""Programs before the server that bring no module except by a package that they name."""

_REQUIREMENTS = (
    r"(?:.*/)?[\w.-]*requirements[\w.-]*\.txt|requirements/.*\.txt|pyproject\.toml|setup\.py|Pipfile"
)
_FROM_ELSEWHERE = re.compile(
    r"^\s*(?:-e\b|--editable\b|\.|/|file:|[^-#\s].*(?:://|\.whl\b|\.zip\b|\.tar\.gz\b))", re.MULTILINE
)
"""Lines of requirements whose packages have names that are not known."""

_ANY_PATH = re.compile(r"[\"']/?(?:\{\w+:path\}|<path:\w+>|\{\w+:\.\*\}|\.\*)[\"']")
"""Routes of FastAPI and Starlette, Flask, aiohttp, and of servers with regular expressions."""


@dataclass(frozen=True)
class Application:
    """What a server imports: the name of a module, which is looked for in `directories` of the project.

    `names` are the first parts of possible callables, of which one is enough; none if any name will do.
    """

    module: str
    names: tuple[str, ...]
    directories: tuple[PurePosixPath, ...]

    def file(self, subject: Subject) -> str | None:
        """Return the module's file in the project, or None if it is not there."""
        found = (subject.code.module_file(self.module, directory) for directory in self.directories)
        return next(filter(None, found), None)


def application_of(subject: Subject) -> Application | None:
    """Return the application of `wsgi`, or of a known server's command; None if it cannot be known."""
    server, environment = subject.endpoint.server, subject.settings.environment
    if isinstance(server, Wsgi):
        settings = f"{environment.get('GUNICORN_CMD_ARGS')} {subject.code.text('gunicorn.conf.py')}"
        directories = _directories(_ROOT, [environment.get("PYTHONPATH", "")])
        if directories is None or _SETS_DIRECTORY.search(settings):
            return None
        names = _DEFAULT_NAMES if server.callable is None else _first_part(server.callable)
        return Application(server.module, names, directories)
    command = subject.last_command
    row = server_of(command, subject.code) if command is not None else None
    if command is None or row is None or not row.serves_modules or command.directory is None:
        return None
    if not subject.code.has_directory(command.directory):
        return None
    variables = {**environment, **command.variables, **command.own}
    options = [value for _, value in command.options(SEARCH_OPTIONS)]
    directories = _directories(command.directory, [*options, variables.get("PYTHONPATH", "")])
    found = named_module(row, command, variables, subject.code)
    return None if found is None or directories is None else Application(*found, directories)


def named_module(
    row: Server, command: Command, variables: Mapping[str, object], code: Code
) -> tuple[str, tuple[str, ...]] | None:
    """Return the module that a command names, with the names that it may serve; None if it is not known."""
    if not row.module_options:
        matches = [match for word in command.arguments if (match := _APPLICATION.fullmatch(word))]
        return (matches[0]["module"], _first_part(matches[0]["callable"])) if len(matches) == 1 else None
    given = command.options(row.module_options)
    value = given[-1][1] if given else variables.get(row.module_variable)
    if isinstance(value, str):
        if match := _APPLICATION.fullmatch(value):
            return match["module"], _first_part(match["callable"])
        module = value.removesuffix(".py").replace("/", ".")
        return (module, ()) if re.fullmatch(r"[A-Za-z_][\w.]*", module) else None
    if value is not None or code.files(r"(?:.*/)?\.(?:flask)?env"):
        return None
    there = [
        name for name in row.default_modules if command.directory and code.has_module(name, command.directory)
    ]
    return (there[0], ()) if there else None


def served_files(subject: Subject) -> frozenset[str] | None:
    """Return the project's Python files that the server runs, or None if they are not known."""
    application = application_of(subject)
    command = subject.last_command
    entry: str | None = None
    directories: tuple[PurePosixPath, ...] = ()
    if application is not None:
        entry, directories = application.file(subject), application.directories
    elif command is not None and command.directory is not None:
        entry, directories = subject.code.started_file(command), (command.directory,)
    return None if entry is None else subject.code.imported_files(entry, directories)


def accepts_any_path(subject: Subject) -> bool:
    """Tell whether the served code has a route for all paths, so that it answers an alias as well."""
    files = served_files(subject)
    return files is not None and any(_ANY_PATH.search(subject.code.text(file)) for file in files)


def advise_on_application(subject: Subject) -> Iterator[Problem]:
    """Find a module that the project lacks, and a name that the module does not define.

    Nothing is said of a module that something else may bring: a command before the server, a runner such as
    `uv run`, a requirement of that name, a model file, or a compiled module.
    """
    application = application_of(subject) if subject.is_built else None
    if application is None:
        return
    file = application.file(subject)
    if file is None:
        if not _may_be_brought(subject, application) and not _is_told_elsewhere(subject, application):
            yield subject.on_server(_missing_module(subject, application))
        return
    python = subject.code.python(file)
    names = python.defined_names() if python is not None else None
    if python is None or names is None or _is_model_file(subject, PurePosixPath(file)):
        return
    wanted = application.names
    # A package has its modules as attributes once something has imported them.
    modules = (f"{application.module}.{name}" for name in wanted)
    if (
        wanted
        and names.isdisjoint(wanted)
        and not any(
            subject.code.has_module(module, directory)
            for module in modules
            for directory in application.directories
        )
    ):
        others = python.applications(_CLASSES)
        remedy = f"use {application.module}:{others[0]}" if len(others) == 1 else "correct the name"
        yield subject.on_server(
            f"{file} does not define {' or '.join(wanted)}, so no pod can start; {remedy}"
        )


def _first_part(name: str) -> tuple[str]:
    return (name.partition("(")[0].partition(".")[0],)


def _directories(directory: PurePosixPath, paths: Sequence[object]) -> tuple[PurePosixPath, ...] | None:
    """Return where modules are looked for; None if one of the paths is not a directory of the project."""
    found = [directory]
    for path in paths:
        if not isinstance(path, str):  # a secret
            return None
        for part in filter(None, re.split("[:,]", path)):
            inside = below(directory, part)
            if inside is None:
                return None
            found.append(inside)
    return tuple(found)


def _missing_module(subject: Subject, application: Application) -> str:
    name = f"{application.module.replace('.', '/')}.py"
    found = subject.code.files(rf"(?:.*/)?{re.escape(name)}")
    only = f", only {beginning(found)}" if found else ""
    return (
        f"imports the module {application.module}, but the project has no {name}{only}; correct the name, "
        "add the file (files that .gitignore names are left out), or ignore this if the image has the module"
    )


def _is_told_elsewhere(subject: Subject, application: Application) -> bool:
    """Tell whether the advice on a sub-directory or on pyproject.toml names the module's file already."""
    code, folder = subject.code, subject.folder
    if folder.parts and any(
        code.has_module(application.module, place / directory)
        for place in (folder, folder / "src")
        for directory in application.directories
    ):
        return True
    below_src = code.has_module(f"src.{application.module}")
    return below_src and any(advise_on_uninstalled_projects(subject))


def _may_be_brought(subject: Subject, application: Application) -> bool:
    """Tell whether a module that is not among the project's files may be there when the server starts."""
    code, parts = subject.code, application.module.split(".")
    if subject.may_install_itself:
        return True
    earlier = subject.commands[:-1]
    if any(command.program not in _INSTALLERS for command in earlier) or any(
        command.runner for command in subject.commands
    ):
        return True
    for path in (directory.joinpath(*parts) for directory in application.directories):
        compiled = rf"{re.escape(str(path))}\.(?:.*\.)?(?:so|pyd|pyc|pyx)"
        if code.has_directory(path) or code.files(compiled) or _is_model_file(subject, path):
            return True
    arguments = "\n".join(
        word for command in earlier for word in command.arguments if command.program != "cd"
    )
    installed = f"{code.text(subject.requirements)}\n{arguments}"
    texts = [arguments, *map(code.text, code.files(_REQUIREMENTS))]
    name = re.compile(rf"\b{'[-_.]+'.join(map(re.escape, parts[0].split('_')))}\b", re.IGNORECASE)
    return _FROM_ELSEWHERE.search(installed) is not None or any(map(name.search, texts))


def _is_model_file(subject: Subject, path: PurePosixPath) -> bool:
    """Tell whether one of the endpoint's `files` is put at the path of a module, or into its directory."""
    files = [PurePosixPath(file.path) for file in subject.endpoint.files]
    path = path.with_suffix("") if path.suffix == ".py" else path
    return any(path in (file.with_suffix(""), *file.parents[:-1]) for file in files)
