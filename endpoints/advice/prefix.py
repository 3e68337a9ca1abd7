"""Servers that do not know the prefix that every path begins with; docs/prefixes.md says what is right."""

import re
from collections.abc import Iterator

from endpoints.advice.servers import FRAMEWORKS, Framework, Prefix, Server, server_of
from endpoints.advice.shell import Command
from endpoints.advice.started import APPLICATION, ends_by_itself
from endpoints.advice.subject import Subject
from endpoints.advice.syntax import calls
from endpoints.errors import Problem
from endpoints.manifest import Wsgi
from endpoints.wording import quote

_USES_FASTAPI = re.compile(r"^\s*(from|import)\s+fastapi\b|\bFastAPI\(", re.MULTILINE)
_USES_STARLETTE = re.compile(r"^\s*(from|import)\s+starlette\b", re.MULTILINE)


def advise_on_prefix(subject: Subject) -> Iterator[Problem]:
    """Find a server that gets the prefix in a wrong way, or not at all."""
    if isinstance(subject.endpoint.server, Wsgi):
        for framework in FRAMEWORKS:
            if _is_used(framework, subject) and not subject.mentions(framework.known_by):
                yield subject.on_server(f"{framework.problem}; {framework.remedy}")
        return
    command = subject.last_command
    server = server_of(command, subject.code) if command is not None else None
    if command is None or server is None or server.prefix is None:
        return
    prefix = server.prefix
    given = command.options([option for option in (prefix.option, prefix.doubled_by) if option])
    if any(value for option, value in given if option == prefix.doubled_by):
        yield subject.on_server(
            f"{server.title} adds {prefix.doubled_by} to paths that already begin with the prefix, "
            f"{prefix.effect}; remove the option and {_in_code(subject)}"
        )
    elif not given and _can_be_judged(subject, command, server) and not subject.mentions(prefix.known_by):
        yield subject.on_server(f"{_problem(server)}, {prefix.effect}; {_remedy(subject, command, server)}")


def _is_used(framework: Framework, subject: Subject) -> bool:
    server, code, script = subject.endpoint.server, subject.code, framework.script
    if isinstance(server, Wsgi) and script is not None:
        tree = code.tree(code.module_file(server.module))
        return tree is not None and bool(calls(tree, script.module, script.function))
    return subject.is_built and code.mentions(re.compile(framework.setting))


def _can_be_judged(subject: Subject, command: Command, server: Server) -> bool:
    """Tell whether a missing mention of the prefix means anything.

    An application may come from an installed package, and a directory with the prefix's name may be made by a
    program that runs before the server.
    """
    if server.prefix is not None and server.prefix.in_directory:
        return all(ends_by_itself(earlier) for earlier in subject.commands[:-1])
    if not server.serves_modules:
        return True
    modules = [match["module"] for word in command.arguments if (match := APPLICATION.fullmatch(word))]
    files = [word for word in command.arguments if word.endswith(".py")]  # as `fastapi run` takes them
    if command.directory is None or len(modules) + len(files) != 1:
        return False
    code, directory = subject.code, command.directory
    return any(code.has_module(module, directory) for module in modules) or any(
        code.has_file(command.path(file)) for file in files
    )


def _problem(server: Server) -> str:
    if server.prefix is not None and server.prefix.in_directory:
        return f"{server.title} looks for the whole path, including the prefix, in its directory"
    if server.serves_modules:
        return "neither the command nor the project's code uses the prefix of every path ($VH_DEFAULT_PREFIX)"
    return f"{server.title} does not know the prefix"


def _remedy(subject: Subject, command: Command, server: Server) -> str:
    remedy = _setting(subject, command, server.prefix or Prefix())
    return f"{remedy}, or use wsgi instead of server-command" if server.serves_modules else remedy


def _setting(subject: Subject, command: Command, prefix: Prefix) -> str:
    if prefix.option:
        return f"add {prefix.option} $VH_DEFAULT_PREFIX"
    if prefix.variable:
        return f"put {prefix.variable} in front of the command"
    return _directory(command) if prefix.in_directory else _in_code(subject)


def _in_code(subject: Subject) -> str:
    """Return what an ASGI application does to know the prefix, by the framework that it is made with."""
    if subject.code.mentions(_USES_STARLETTE) and not subject.code.mentions(_USES_FASTAPI):
        return 'write Starlette(routes=[Mount(os.environ["VH_DEFAULT_PREFIX"], routes=...)])'
    return 'write FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"])'


def _directory(command: Command) -> str:
    """Return the line of docs/prefixes.md that gives http.server a directory with the prefix's name."""
    given = [value.rstrip("/") for _, value in command.options(("--directory", "-d"))]
    named = bool(given) and given[-1] not in ("", ".")
    directory = given[-1] if named else "public"
    first = "" if named else "put the files into a directory of their own, such as public, and "
    absolute = directory if directory.startswith(("/", "$")) else f"$PWD/{directory.removeprefix('./')}"
    line = (
        f"mkdir -p www$SCRIPT_NAME && ln -sf {absolute}/* www$SCRIPT_NAME && "
        f"{command.written} -m http.server $PORT --directory www"
    )
    return f"{first}replace {quote(command.text)} by: {line}"
