"""What a command starts of the project's code, from which directory, and whether it keeps running."""

import re
from pathlib import PurePosixPath

from endpoints.advice.code import Code
from endpoints.advice.servers import server_of
from endpoints.advice.shell import Command

APPLICATION = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<callable>[A-Za-z_][\w.]*)(?:\(.*\))?")
"""`module:callable` as servers take it, also with a call: `module:create_app()`."""

_PROGRAM = re.compile(r"\.\.?/[\w./-]+")
_INTERPRETER = re.compile(r"sh|bash|python[\d.]*")
_SCRIPT = re.compile(r"(?:\.\.?/)*\w[\w./-]*\.(?:sh|py)")

_ENDS = re.compile(
    "cat|cd|chmod|chown|cp|find|head|ln|ls|mkdir|mv|pwd|rm|rmdir|tail|touch"
    "|apt|apt-get|curl|git|tar|unzip|wget|date|echo|exit|false|printf|test|true"
    "|hostname|id|nvidia-smi|printenv|ps|uname|which|whoami"
)
"""Programs that are no servers. `tail -f` keeps running but answers no request."""

_PIP = re.compile(r"install|download|list|freeze|check|show|uninstall|--version")
_INSTALLS = {
    "pip": _PIP,
    "pip3": _PIP,
    "conda": re.compile(r"install|env|create|list|--version"),
    "npm": re.compile(r"install|ci|i"),
    "uv": re.compile(r"pip|sync|add|lock|--version"),
    "poetry": re.compile(r"install|add|lock|--version"),
}
"""Package managers, with the first argument of those commands that are no servers."""

_VERSION = re.compile(r"-V|--version|--help")


def ends_by_itself(command: Command) -> bool:
    """Tell whether a command is known to end without waiting for requests."""
    if _ENDS.fullmatch(command.program):
        return True
    first = command.arguments[:1]
    if first and (pattern := _INSTALLS.get(command.program)) is not None:
        return pattern.fullmatch(first[0]) is not None
    return bool(command.program.startswith("python") and first and _VERSION.fullmatch(first[0]))


def is_program(command: Command) -> bool:
    """Tell whether the command runs a file by its path; the file must be executable then."""
    return _PROGRAM.fullmatch(command.written) is not None


def started_file(command: Command) -> str | None:
    """Return the program or script that a command starts, by its path in the project.

    None for everything else, and for an interpreter with options, whose meaning is not known.
    """
    if is_program(command):
        return command.path(command.written)
    if not command.arguments or not _INTERPRETER.fullmatch(command.written):
        return None
    is_script = command.program == command.written and _SCRIPT.fullmatch(command.arguments[0])
    return command.path(command.arguments[0]) if is_script else None


def started_module(command: Command, code: Code) -> str | None:
    """Return the module that a known server imports from the command's directory, or None.

    None, too, if an option or a variable may change where modules are looked for.
    """
    server = server_of(command, code)
    if server is None or not server.serves_modules:
        return None
    if command.options(("--app-dir", "--chdir", "--pythonpath")) or "PYTHONPATH" in {
        **command.variables,
        **command.own,
    }:
        return None
    modules = [match["module"] for word in command.arguments if (match := APPLICATION.fullmatch(word))]
    return modules[0] if len(modules) == 1 else None


def lacking(command: Command, code: Code, folder: PurePosixPath) -> str | None:
    """Return what a command does not find from the root of the source, but would find from `folder`."""
    directory = command.directory
    if directory is None:
        return None
    if not code.has_directory(directory):
        only = folder / directory
        return f"changes to {directory}, only {only} is there" if code.has_directory(only) else None
    if file := started_file(command):
        there = str(folder / file)
        missing = not code.has_file(file) and code.has_file(there)
        return f"has no file {file} there, only {there}" if missing else None
    if (module := started_module(command, code)) and not code.has_module(module, directory):
        found = code.module_file(module, folder / directory)
        return f"has no module {module} there, only {found}" if found else None
    return None
