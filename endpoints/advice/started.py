"""What of the project's code a command starts, and from which directory."""

import re
from pathlib import PurePosixPath

from endpoints.advice.code import Code
from endpoints.advice.servers import option_values
from endpoints.advice.shell import Command

_PROGRAM = re.compile(r"\.\.?/[\w./-]+")
_INTERPRETER = re.compile(r"sh|bash|python[\d.]*")
_SCRIPT = re.compile(r"(?:\.\.?/)*\w[\w./-]*\.(?:sh|py)")
_SERVERS_OF_MODULES = ("daphne", "gunicorn", "hypercorn", "uvicorn", "waitress-serve")
_APPLICATION = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_][\w.]*(?:\(\))?")


def is_program(command: Command) -> bool:
    """Tell whether the command runs a file by its path, which must be executable then."""
    return _PROGRAM.fullmatch(command.written) is not None


def started_file(command: Command) -> str | None:
    """Return the program or script that a command starts, by its path in the project.

    None for everything else, and for the script of an interpreter with options, which could mean anything.
    """
    if is_program(command):
        return command.path(command.written)
    if not command.arguments or not _INTERPRETER.fullmatch(command.written):
        return None
    is_script = command.program == command.written and _SCRIPT.fullmatch(command.arguments[0])
    return command.path(command.arguments[0]) if is_script else None


def started_module(command: Command) -> str | None:
    """Return the module that a well-known server imports from the command's directory, or None.

    None, too, where an option or a variable says where modules are.
    """
    elsewhere = any(option_values(command, (option,)) for option in ("--app-dir", "--chdir", "--pythonpath"))
    if command.program not in _SERVERS_OF_MODULES or elsewhere:
        return None
    if "PYTHONPATH" in command.variables or "PYTHONPATH" in command.own:
        return None
    modules = [match[1] for word in command.arguments if (match := _APPLICATION.fullmatch(word))]
    return modules[0] if len(modules) == 1 else None


def lacking(command: Command, code: Code, folder: PurePosixPath) -> str | None:
    """Tell what a command does not find from the root of the source, and would find from `folder`."""
    directory = command.directory
    if directory is None:
        return None
    if not code.has_directory(directory):
        only = folder / directory
        return f"goes into {directory}, only {only} is there" if code.has_directory(only) else None
    if file := started_file(command):
        there = str(folder / file)
        missing = not code.has_file(file) and code.has_file(there)
        return f"has no file {file} there, only {there}" if missing else None
    if (module := started_module(command)) and not code.has_module(module, directory):
        found = code.module_file(module, folder / directory)
        return f"has no module {module} there, only {found}" if found else None
    return None
