"""Where well-known servers listen, from their command lines.

Options and defaults are those that the servers' own `--help` and sources tell (Uvicorn 0.54, Hypercorn 0.18,
gunicorn 27, Flask 3.1, Streamlit 1.67, Waitress 3.0, Python 3.11). Those of Daphne and `fastapi` are from
their documentation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from endpoints.advice.shell import Command

EVERYWHERE = "0.0.0.0"


@dataclass(frozen=True)
class Server:
    """How one server is told its address.

    `host`, `port` and `bind` (`host:port`) are options, the first of each the one to recommend; the two
    variables count where no option does. `elsewhere` are options that set the address in another way, `files`
    are files of the project that set it where neither does. Defaults of None are not known, or not fixed.
    """

    title: str
    default_host: str | None
    default_port: int | None
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    host_variable: str = ""
    port_variable: str = ""
    first_argument_is_port: bool = False


@dataclass(frozen=True)
class Listening:
    """Where a server listens; None where that cannot be told. `said_by` is the option, None for a default."""

    host: str | None
    port: int | None
    host_said_by: str | None = None
    port_said_by: str | None = None


_UVICORN = Server(
    "Uvicorn",
    "127.0.0.1",
    8000,
    ("--host",),
    ("--port",),
    elsewhere=("--uds", "--fd"),
    host_variable="UVICORN_HOST",
    port_variable="UVICORN_PORT",
)
_FASTAPI_RUN = Server("fastapi run", EVERYWHERE, 8000, ("--host",), ("--port",))
_FASTAPI_DEV = Server("fastapi dev", "127.0.0.1", 8000, ("--host",), ("--port",))
_FLASK = Server(
    "Flask's own server",
    "127.0.0.1",
    5000,
    ("--host", "-h"),
    ("--port", "-p"),
    host_variable="FLASK_RUN_HOST",
    port_variable="FLASK_RUN_PORT",
)
_STREAMLIT = Server(
    "Streamlit",
    EVERYWHERE,
    8501,
    ("--server.address",),
    ("--server.port",),
    files=(".streamlit/config.toml",),
    host_variable="STREAMLIT_SERVER_ADDRESS",
    port_variable="STREAMLIT_SERVER_PORT",
)

SERVERS: Mapping[tuple[str, ...], Server] = {
    ("uvicorn",): _UVICORN,
    ("fastapi", "run"): _FASTAPI_RUN,
    ("fastapi", "dev"): _FASTAPI_DEV,
    ("flask", "run"): _FLASK,
    ("streamlit", "run"): _STREAMLIT,
    ("hypercorn",): Server(
        "Hypercorn",
        "127.0.0.1",
        8000,
        bind=("--bind", "-b"),
        elsewhere=("--config", "-c", "--insecure-bind", "--quic-bind"),
    ),
    # PORT is set in every container, and gunicorn then listens there on every interface.
    ("gunicorn",): Server(
        "gunicorn",
        EVERYWHERE,
        None,
        bind=("--bind", "-b"),
        elsewhere=("--config", "-c"),
        files=("gunicorn.conf.py",),
    ),
    ("daphne",): Server(
        "Daphne",
        "127.0.0.1",
        8000,
        ("--bind", "-b"),
        ("--port", "-p"),
        elsewhere=("--endpoint", "-e", "--unix-socket", "-u", "--fd"),
    ),
    ("waitress-serve",): Server(
        "Waitress",
        EVERYWHERE,
        8080,
        ("--host",),
        ("--port",),
        bind=("--listen",),
        elsewhere=("--unix-socket",),
    ),
    ("http.server",): Server("http.server", EVERYWHERE, 8000, ("--bind", "-b"), first_argument_is_port=True),
    ("wsgiref.simple_server",): Server("wsgiref.simple_server", EVERYWHERE, 8000),
}
"""By the program and the words that follow it."""


def server_of(command: Command) -> Server | None:
    """Return the server that a command starts, if it is a well-known one."""
    for words, server in SERVERS.items():
        if (command.program, *command.arguments)[: len(words)] == words:
            return server
    return None


def listening(server: Server, command: Command, known: Mapping[str, str]) -> Listening:
    """Return where the server listens; `known` are the values of variables in its environment."""
    if any(option_values(command, (option,)) for option in server.elsewhere):
        return Listening(None, None)
    binds = option_values(command, server.bind)
    if len(binds) > 1:
        return Listening(None, None)
    if binds:
        host, port = split_address(command.expand(binds[0][1], known))
        return Listening(host, port, binds[0][0], binds[0][0])
    host, host_by = _told(command, known, server.host, server.host_variable)
    port_text, port_by = _told(command, known, server.port, server.port_variable)
    if server.first_argument_is_port:
        pairs = zip(("", *command.arguments), command.arguments, strict=False)
        own = [word for before, word in pairs if before == "--cgi" or not before.startswith("-")]
        numbers = [word for word in own if word.isdigit() or word.startswith("$")]
        if numbers:
            port_text, port_by = command.expand(numbers[0], known), "the first argument"
    port = int(port_text) if port_text and port_text.isdigit() else None
    return Listening(
        server.default_host if host_by is None else host,
        server.default_port if port_by is None else port,
        host_by,
        port_by,
    )


def option_values(command: Command, options: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return option and value of those of `options` that are given: `--port 1`, `--port=1`, `-p 1`, `-p1`."""
    found = []
    words = command.arguments
    for index, word in enumerate(words):
        for option in options:
            if word == option and index + 1 < len(words):
                found.append((option, words[index + 1]))
            elif word.startswith(f"{option}="):
                found.append((option, word.removeprefix(f"{option}=")))
            elif not option.startswith("--") and word.startswith(option) and len(word) > len(option):
                found.append((option, word.removeprefix(option)))
    return found


def split_address(text: str | None) -> tuple[str | None, int | None]:
    """Return host and port of `host:port`; each is None where it is not known. No host means every one."""
    match = re.fullmatch(r"(?:\w+://)?(\[[0-9a-fA-F:]*\]|[^:/]*)(?::(\d+))?", text or "")
    if text is None or match is None or re.match("unix:|fd:", text):
        return None, None
    return match[1] or EVERYWHERE, int(match[2]) if match[2] else None


def is_local(host: str) -> bool:
    """Tell whether a host is this machine's own loopback interface, which no other machine reaches."""
    return host.strip("[]") in ("localhost", "::1") or host.startswith("127.")


def _told(
    command: Command, known: Mapping[str, str], options: tuple[str, ...], variable: str
) -> tuple[str | None, str | None]:
    """Return what an option or a variable says, and which; of several options the last counts."""
    if given := option_values(command, options):
        option, word = given[-1]
        return command.expand(word, known), option
    value = {**known, **command.variables, **command.own}.get(variable)
    return (None, None) if value is None else (command.expand(value, known), variable)
