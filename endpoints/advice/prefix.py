"""Servers that do not know the prefix that every path begins with; docs/prefixes.md says what is right."""

import re
import tomllib
from collections.abc import Iterator, Mapping

from endpoints.advice.application import application_of, served_files
from endpoints.advice.models import Framework, Prefix, Server
from endpoints.advice.servers import FRAMEWORKS, server_of
from endpoints.advice.shell import Command, ends_by_itself
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi
from endpoints.wording import quote

_VARIABLES = ("VH_DEFAULT_PREFIX", "SCRIPT_NAME")
_NOT_AT_THE_BEGINNING = re.compile(r"[^\s/]\$\{?(?:VH_DEFAULT_PREFIX|SCRIPT_NAME)\b")
_UNSET = re.compile(r"\$\{?SCRIPT_NAME\b")
_ROOT_PATH = "--root-path"
_ROUTES = re.compile(r"\b(?:Flask|FastAPI|Starlette|Quart|Sanic|Litestar|Bottle|Blueprint|APIRouter)\(")
"""Applications with routes. A WSGI or ASGI function of the project may answer every path."""

_USES_FASTAPI = re.compile(r"^\s*(from|import)\s+fastapi\b|\bFastAPI\(", re.MULTILINE)
_USES_STARLETTE = re.compile(r"^\s*(from|import)\s+starlette\b", re.MULTILINE)


def advise_on_prefix(subject: Subject) -> Iterator[Problem]:
    """Find a server that gets the prefix in a wrong way, or not at all."""
    files = served_files(subject)
    yield from map(subject.on_server, _texts(subject, files))


def _texts(subject: Subject, files: frozenset[str] | None) -> Iterator[str]:
    for framework in FRAMEWORKS:
        yield from _without_slash(subject, files, framework)
    if isinstance(subject.endpoint.server, Wsgi):
        for framework in FRAMEWORKS:
            if _is_used(framework, subject) and not subject.mentions(framework.known_by, files):
                yield f"{framework.problem}; {framework.remedy}"
        return
    command = subject.last_command
    server = server_of(command, subject.code) if command is not None else None
    if subject.settings.prefix == "strip":
        if command is not None:
            yield from _stripped(subject, command, (server.prefix if server else None) or Prefix())
        return
    if command is None or server is None or server.prefix is None:
        return
    prefix = server.prefix
    if not server.serves_modules and not prefix.in_code and subject.code.started_file(command) is None:
        files = frozenset()  # such a server runs none of the project's code
    given = command.options([option for option in (prefix.option, prefix.doubled_by) if option])
    if any(value for option, value in given if option == prefix.doubled_by):
        yield (
            f"{server.title} adds {prefix.doubled_by} to paths that already begin with the prefix, "
            f"{prefix.effect}; remove the option and {_in_code(subject, files, prefix)}"
        )
    elif given:
        yield from _wrong_value(prefix, given[-1][1])
    elif value := _value_in_file(subject, command, server):
        yield (
            f"{server.files[0]} sets {'.'.join(prefix.file_key)} to {quote(value)}, where variables are not "
            f"expanded, {prefix.effect}; remove it there and add {prefix.option} $VH_DEFAULT_PREFIX"
        )
    elif _can_be_judged(subject, command, server, files) and not subject.mentions(
        _known_by(subject, prefix), files
    ):
        yield f"{_problem(server, prefix)}, {prefix.effect}; {_remedy(subject, command, server, files)}"


def _stripped(subject: Subject, command: Command, prefix: Prefix) -> Iterator[str]:
    """Find a command that tells its server a prefix which the router removes.

    `--root-path` is for what stands in front of paths outside: with it links are right, and paths are not
    compared.
    """
    if any(_UNSET.search(one.text) for one in subject.commands):
        yield (
            "the command uses $SCRIPT_NAME, which is not set with prefix: strip, so it is empty; remove it, "
            "or write $VH_DEFAULT_PREFIX where only links need it"
        )
        return
    given = command.options([prefix.option] if prefix.option and prefix.option != _ROOT_PATH else [])
    if any("VH_DEFAULT_PREFIX" in (value or "") for _, value in given):
        yield (
            f"{prefix.option} tells the server a prefix that the router removes (prefix: strip), "
            f"{prefix.effect}; remove the option, or set prefix: keep"
        )


def _is_used(framework: Framework, subject: Subject) -> bool:
    application, code, script = application_of(subject), subject.code, framework.script
    if script is not None:
        python = code.python(application.file(subject)) if application is not None else None
        return python is not None and bool(python.calls(script.module, script.starts))
    return subject.is_built and code.mentions(re.compile(framework.setting))


def _known_by(subject: Subject, prefix: Prefix) -> str:
    """Return what shows that a server gets the prefix; the end of the prefix itself does."""
    end = f"/{re.escape(subject.version)}/{re.escape(subject.endpoint.name)}"
    return f"{prefix.known_by}|{end}"


def _can_be_judged(subject: Subject, command: Command, server: Server, files: frozenset[str] | None) -> bool:
    """Tell whether a missing mention of the prefix means anything.

    An application may come from an installed package or answer every path, and a directory with the prefix's
    name may be made by a program that runs before the server.
    """
    is_application = server.serves_modules or (server.prefix or Prefix()).in_code in ("ASGI", "WSGI")
    if is_application and not subject.code.mentions(_ROUTES, files):
        return False
    if server.prefix is not None and server.prefix.in_directory:
        return all(ends_by_itself(earlier) for earlier in subject.commands[:-1])
    if not server.serves_modules:
        return True
    application = application_of(subject)
    if application is not None:
        return application.file(subject) is not None
    return subject.code.has_file(command.python_file)  # as `fastapi run` takes it


def _wrong_value(prefix: Prefix, value: str) -> Iterator[str]:
    if _NOT_AT_THE_BEGINNING.search(value):
        right = f"{prefix.option} $VH_DEFAULT_PREFIX"
        yield f"{prefix.option} has a value before the prefix, {prefix.effect}; write {right}"


def _value_in_file(subject: Subject, command: Command, server: Server) -> str | None:
    """Return the value of the prefix in the server's own file, if it names a variable."""
    if server.prefix is None or not server.prefix.file_key:
        return None
    try:
        found: object = tomllib.loads(subject.code.text(command.path(server.files[0])))
    except tomllib.TOMLDecodeError:
        return None
    for key in server.prefix.file_key:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) and "$" in found else None


def _without_slash(subject: Subject, files: frozenset[str] | None, framework: Framework) -> Iterator[str]:
    """Find settings whose value is the prefix without a slash at its end."""
    for setting, effect in framework.slash_after.items():
        for file in sorted(files or ()):
            python = subject.code.python(file)
            if python is not None and python.gives_variable(setting, _VARIABLES):
                yield (
                    f"{file} sets {setting} to the prefix without a slash at its end, {effect}; "
                    'write os.environ["VH_DEFAULT_PREFIX"] + "/"'
                )


def _problem(server: Server, prefix: Prefix) -> str:
    if prefix.in_directory:
        return f"{server.title} looks for the whole path, including the prefix, in its directory"
    if prefix.impossible:
        return f"{server.title} cannot serve under a prefix"
    if server.serves_modules or prefix.in_code in ("ASGI", "WSGI"):
        return "neither the command nor the served code uses the prefix of every path ($VH_DEFAULT_PREFIX)"
    return f"{server.title} does not know the prefix"


def _remedy(subject: Subject, command: Command, server: Server, files: frozenset[str] | None) -> str:
    prefix = server.prefix or Prefix()
    if prefix.option:
        remedy = f"add {prefix.option} $VH_DEFAULT_PREFIX"
    elif prefix.variable:
        remedy = f"put {prefix.variable} in front of the command"
    elif prefix.in_directory:
        remedy = _directory(command)
    elif prefix.impossible:
        remedy = "set prefix: strip in the stack file, so that the router removes the prefix"
    else:
        remedy = _in_code(subject, files, prefix)
    is_application = server.serves_modules or prefix.in_code in ("ASGI", "WSGI")
    return f"{remedy}, or use wsgi instead of server-command" if is_application else remedy


def _in_code(subject: Subject, files: frozenset[str] | None, prefix: Prefix) -> str:
    """Return what an application does to know the prefix, by the framework that it is made with."""
    if prefix.in_code == "WSGI":
        return (
            "write app.wsgi_app = DispatcherMiddleware(NotFound(), "
            '{os.environ["SCRIPT_NAME"]: app.wsgi_app}), both from Werkzeug'
        )
    if prefix.in_code != "ASGI":
        return prefix.in_code
    if subject.code.mentions(_USES_STARLETTE, files) and not subject.code.mentions(_USES_FASTAPI, files):
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
