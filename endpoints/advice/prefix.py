"""Servers that do not know the prefix that all paths begin with; docs/prefixes.md tells what is right."""

import re
from collections.abc import Iterator

from endpoints.advice.server_command import KEY, last_command
from endpoints.advice.servers import option_values
from endpoints.advice.shell import Command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem

_TAKES_PREFIX_OFF = {
    ("uvicorn",): "Uvicorn",
    ("fastapi", "run"): "fastapi run",
    ("fastapi", "dev"): "fastapi dev",
}
"""Servers whose --root-path is for routers that take the prefix off: they put it in front of paths again."""

_KNOWS_A_PREFIX = re.compile(
    r"SCRIPT_NAME|VH_DEFAULT_PREFIX|X[-_]VH[-_]PREFIX|root_path|\{\w+:path\}|<path:\w+>|[\"']/?\.\*/",
    re.IGNORECASE,
)
"""Names of the prefix, FastAPI's setting, and routes for any path: who has one of them has thought of it."""

_FASTAPI = re.compile(r"^\s*(from|import)\s+fastapi\b|\bFastAPI\(", re.MULTILINE)

_STARLETTE = re.compile(r"^\s*(from|import)\s+starlette\b", re.MULTILINE)

_KNOWS_BASE_PATH = re.compile("baseUrlPath|BASE_URL_PATH")

_STREAMLIT = (
    "Streamlit is not told the prefix: its page comes, what that loads does not, and it stays empty; add "
    "--server.baseUrlPath $VH_DEFAULT_PREFIX"
)

_APPLICATION = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(\(\))?")


def advise_on_prefix(subject: Subject) -> Iterator[Problem]:
    """Find a server that is told the prefix wrongly, or not at all."""
    command = last_command(subject)
    if command is None:
        return
    for words, title in _TAKES_PREFIX_OFF.items():
        if _starts(command, *words) and any(value for _, value in option_values(command, ("--root-path",))):
            yield subject.in_manifest(KEY, _doubled(title, _in_code(subject)))
            return
    if _starts(command, "streamlit", "run") and not _streamlit_knows(subject, command):
        yield subject.in_manifest(KEY, _STREAMLIT)
    remedy = _remedy(command, _in_code(subject))
    if remedy and _is_unaware(subject, command):
        text = (
            "nothing in the command or in the project's code mentions the prefix that every path begins with "
            f"($VH_DEFAULT_PREFIX), so that every request is answered by 404; {remedy}"
        )
        yield subject.in_manifest(KEY, text)


def _in_code(subject: Subject) -> str:
    """Return what the application does to know the prefix, by the framework that its code is for."""
    if subject.code.mentions(_STARLETTE) and not subject.code.mentions(_FASTAPI):
        return 'write Starlette(routes=[Mount(os.environ["VH_DEFAULT_PREFIX"], routes=...)])'
    return 'write FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"])'


def _doubled(title: str, in_code: str) -> str:
    return (
        f"{title} puts --root-path in front of paths that begin with it already, so that every request is "
        f"answered by 404; remove it and {in_code}"
    )


def _remedy(command: Command, in_code: str) -> str | None:
    """Return what an ASGI application's server needs to know the prefix; None for every other server.

    `in_code` is what the application does where its server does not tell it.
    """
    simpler = "or use wsgi in place of server-command, which needs nothing"
    if _starts(command, "uvicorn") or _starts(command, "fastapi"):
        return f"{in_code}, {simpler}"
    if _starts(command, "hypercorn"):
        return f"add --root-path $VH_DEFAULT_PREFIX, {simpler}"
    if _starts(command, "gunicorn"):
        workers = [value for _, value in option_values(command, ("-k", "--worker-class"))]
        if workers == ["asgi"]:
            return f"add --root-path $VH_DEFAULT_PREFIX, {simpler}"
        if any("uvicorn" in worker.lower() for worker in workers):
            return f"{in_code}, {simpler}"
    return None


def _streamlit_knows(subject: Subject, command: Command) -> bool:
    variables = [*command.variables, *command.own, *subject.settings.environment]
    told = _KNOWS_BASE_PATH.search(" ".join([*command.arguments, *variables]))
    return told is not None or subject.code.mentions(_KNOWS_BASE_PATH)


def _is_unaware(subject: Subject, command: Command) -> bool:
    """Tell whether the application is the project's own and nothing of it speaks of a prefix."""
    modules = [match[1] for word in command.arguments if (match := _APPLICATION.fullmatch(word))]
    files = [word for word in command.arguments if word.endswith(".py")]  # as `fastapi run` takes them
    return (
        len(modules) + len(files) == 1
        and command.directory is not None
        and any(
            (
                *(subject.code.has_module(module, command.directory) for module in modules),
                *(subject.code.has_file(command.path(file)) for file in files),
            )
        )
        and not option_values(command, ("--root-path",))
        and not _KNOWS_A_PREFIX.search(" ".join([command.text, *command.variables.values()]))
        and not subject.code.mentions(_KNOWS_A_PREFIX)
    )


def _starts(command: Command, *words: str) -> bool:
    return (command.program, *command.arguments)[: len(words)] == words
