"""The table of known servers: how each is recognised, where it listens, and how it gets the prefix.

To add a server, add a row to `SERVERS` and a row to the table in tests/unit/advice/test_servers.py.

Options and defaults are from the servers' own `--help` and sources (Uvicorn 0.54, Hypercorn 0.18, gunicorn
27, Flask 3.1, Streamlit 1.67, Waitress 3.0, Gradio 6.31, Python 3.11), those of Daphne and `fastapi` from
their documentation. docs/prefixes.md says what each server needs under a prefix.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from endpoints.advice.code import Code
from endpoints.advice.shell import Command, parse
from endpoints.advice.syntax import calls
from endpoints.manifest import ServerCommand, Wsgi

EVERY_INTERFACE = "0.0.0.0"
LOCALHOST = "127.0.0.1"

NOT_FOUND = "so every request gets 404"
EMPTY_PAGE = "so its page loads but stays empty"

ANY_MENTION = (
    r"SCRIPT_NAME|VH_DEFAULT_PREFIX|X[-_]VH[-_]PREFIX|root_path"
    r"|\{\w+:path\}|<path:\w+>|[\"']/?\.\*/"
)
"""Names of the prefix, FastAPI's setting, and routes for any path: whoever uses one may be right."""


@dataclass(frozen=True)
class Script:
    """A Python file that starts its own server: it imports the module and calls the function or class."""

    module: str
    function: str


@dataclass(frozen=True)
class Prefix:
    """How a server gets the prefix that every path begins with.

    One of these is set: `option` of the command line, `variable` to put in front of the command
    (`NAME=value`), `in_code` if the application must use the prefix, `in_directory` if a directory must have
    its name. `known_by` is a regular expression, compared without case: a match in the command, in variables
    or in the project's code shows that the server gets the prefix. `effect` is what happens without it.
    `doubled_by` is an option that must not be used, since it adds the prefix to paths that have it already.
    """

    option: str = ""
    variable: str = ""
    in_code: bool = False
    in_directory: bool = False
    known_by: str = ANY_MENTION
    effect: str = NOT_FOUND
    doubled_by: str = ""


@dataclass(frozen=True)
class Server:
    """One row of the table.

    A server is recognised by `command`, its program and the words after it, or by `script`, what the Python
    file that the command starts contains. `worker` is a regular expression for gunicorn's `--worker-class`:
    such a row is for these workers only.

    `host`, `port` and `bind` (for `host:port`) are options; advice recommends the first of each. Variables
    count if no option is given, and then the arguments, which are keyword arguments in a script. `elsewhere`
    are options that set the address in another way, `files` are files of the project that do so. A default of
    None is unknown or not fixed. `port_is_argument` is true if the port is an argument without an option.
    `prefix` None is for servers that need nothing, or of which nothing is known. `serves_modules` is true if
    the server imports `module:callable`, as `wsgi` does. `one_request` is true if it exits after one request.
    """

    title: str
    command: tuple[str, ...] = ()
    script: Script | None = None
    worker: str = ""
    default_host: str | None = None
    default_port: int | None = None
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    host_variable: str = ""
    port_variable: str = ""
    host_argument: str = ""
    port_argument: str = ""
    port_is_argument: bool = False
    prefix: Prefix | None = None
    serves_modules: bool = False
    one_request: bool = False


@dataclass(frozen=True)
class Framework:
    """A framework whose applications need more under `wsgi` than the prefix that the server sets.

    It is recognised by `script`, a call in the module of `wsgi`, or by `setting`, a regular expression that
    any file of the project may match. `known_by` is as in `Prefix`. `problem` and `remedy` are what is said.
    """

    title: str
    script: Script | None
    setting: str
    known_by: str
    problem: str
    remedy: str


_IN_CODE = Prefix(in_code=True)
_IN_CODE_NOT_BY_OPTION = Prefix(in_code=True, doubled_by="--root-path")
_ROOT_PATH = Prefix(option="--root-path")

_DASH = Script("dash", "Dash")
_DASH_KNOWN_BY = r"pathname_prefix|url_base_pathname|DASH_\w+_PATHNAME|SCRIPT_NAME|VH_DEFAULT_PREFIX"

# PORT is set in every container, and gunicorn then listens on that port of every interface.
_GUNICORN = Server(
    "gunicorn",
    command=("gunicorn",),
    default_host=EVERY_INTERFACE,
    bind=("--bind", "-b"),
    elsewhere=("--config", "-c"),
    files=("gunicorn.conf.py",),
    serves_modules=True,
)
_FASTAPI_RUN = Server(
    "fastapi run",
    command=("fastapi", "run"),
    default_host=EVERY_INTERFACE,
    default_port=8000,
    host=("--host",),
    port=("--port",),
    prefix=_IN_CODE_NOT_BY_OPTION,
    serves_modules=True,
)

SERVERS: Sequence[Server] = (
    Server(
        "Uvicorn",
        command=("uvicorn",),
        default_host=LOCALHOST,
        default_port=8000,
        host=("--host",),
        port=("--port",),
        elsewhere=("--uds", "--fd"),
        host_variable="UVICORN_HOST",
        port_variable="UVICORN_PORT",
        prefix=_IN_CODE_NOT_BY_OPTION,
        serves_modules=True,
    ),
    _FASTAPI_RUN,
    replace(_FASTAPI_RUN, title="fastapi dev", command=("fastapi", "dev"), default_host=LOCALHOST),
    Server(
        "Hypercorn",
        command=("hypercorn",),
        default_host=LOCALHOST,
        default_port=8000,
        bind=("--bind", "-b"),
        elsewhere=("--config", "-c", "--insecure-bind", "--quic-bind"),
        prefix=_ROOT_PATH,
        serves_modules=True,
    ),
    replace(_GUNICORN, worker="asgi", prefix=_ROOT_PATH),
    replace(_GUNICORN, worker=".*uvicorn.*", prefix=_IN_CODE),
    _GUNICORN,
    Server(
        "Daphne",
        command=("daphne",),
        default_host=LOCALHOST,
        default_port=8000,
        host=("--bind", "-b"),
        port=("--port", "-p"),
        elsewhere=("--endpoint", "-e", "--unix-socket", "-u", "--fd"),
        serves_modules=True,
    ),
    Server(
        "Waitress",
        command=("waitress-serve",),
        default_host=EVERY_INTERFACE,
        default_port=8080,
        host=("--host",),
        port=("--port",),
        bind=("--listen",),
        elsewhere=("--unix-socket",),
        serves_modules=True,
    ),
    Server(
        "Flask's development server",
        command=("flask", "run"),
        default_host=LOCALHOST,
        default_port=5000,
        host=("--host", "-h"),
        port=("--port", "-p"),
        host_variable="FLASK_RUN_HOST",
        port_variable="FLASK_RUN_PORT",
    ),
    Server(
        "Streamlit",
        command=("streamlit", "run"),
        default_host=EVERY_INTERFACE,
        default_port=8501,
        host=("--server.address",),
        port=("--server.port",),
        files=(".streamlit/config.toml",),
        host_variable="STREAMLIT_SERVER_ADDRESS",
        port_variable="STREAMLIT_SERVER_PORT",
        prefix=Prefix(
            option="--server.baseUrlPath",
            known_by="baseUrlPath|BASE_URL_PATH",
            effect=EMPTY_PAGE,
        ),
    ),
    Server(
        "Gradio",
        script=Script("gradio", "launch"),
        default_host=LOCALHOST,
        default_port=7860,
        host_variable="GRADIO_SERVER_NAME",
        port_variable="GRADIO_SERVER_PORT",
        host_argument="server_name",
        port_argument="server_port",
        prefix=Prefix(
            variable="GRADIO_ROOT_PATH=$SCRIPT_NAME",
            known_by="GRADIO_ROOT_PATH|root_path|SCRIPT_NAME|VH_DEFAULT_PREFIX",
        ),
    ),
    Server(
        "Dash",
        script=_DASH,
        prefix=Prefix(
            variable="DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/",
            known_by=_DASH_KNOWN_BY,
            effect=EMPTY_PAGE,
        ),
    ),
    Server(
        "http.server",
        command=("http.server",),
        default_host=EVERY_INTERFACE,
        default_port=8000,
        host=("--bind", "-b"),
        port_is_argument=True,
        prefix=Prefix(in_directory=True, known_by="SCRIPT_NAME|VH_DEFAULT_PREFIX"),
    ),
    Server(
        "wsgiref.simple_server",
        command=("wsgiref.simple_server",),
        default_host=EVERY_INTERFACE,
        default_port=8000,
        one_request=True,
    ),
)
"""Every known server; of several rows that fit a command the first one counts."""

FRAMEWORKS: Sequence[Framework] = (
    Framework(
        "Dash",
        script=_DASH,
        setting="",
        known_by=_DASH_KNOWN_BY,
        problem=f"Dash does not know the prefix, {EMPTY_PAGE}",
        remedy=(
            'write Dash(__name__, requests_pathname_prefix=os.environ["SCRIPT_NAME"] + "/", '
            'routes_pathname_prefix="/")'
        ),
    ),
    Framework(
        "Django with WhiteNoise",
        script=None,
        setting=r"whitenoise\.middleware\.WhiteNoiseMiddleware",
        known_by="SCRIPT_NAME|VH_DEFAULT_PREFIX|WHITENOISE_STATIC_PREFIX",
        # The middleware is made once, and Django keeps the STATIC_URL of that moment.
        problem="WhiteNoise reads STATIC_URL before Django knows the prefix, so static files get wrong links",
        remedy=(
            'write STATIC_URL = os.environ.get("SCRIPT_NAME", "") + "/static/" and '
            'WHITENOISE_STATIC_PREFIX = "/static/"'
        ),
    ),
)
"""Frameworks that `wsgi` alone does not make work under a prefix."""


def server_of(command: Command, code: Code) -> Server | None:
    """Return the row for the server that a command starts, or None if it is not a known one."""
    return next((server for server in SERVERS if _is_started(server, command, code)), None)


def exits_after_one_request(server: Wsgi | ServerCommand) -> bool:
    """Tell whether a server exits after one request, which a connection without a request is as well."""
    commands = (parse(server.commands) or ()) if isinstance(server, ServerCommand) else ()
    rows = [row for row in SERVERS if row.one_request]
    return any(command.starts_with(row.command) for command in commands[-1:] for row in rows)


def _is_started(server: Server, command: Command, code: Code) -> bool:
    if server.script is not None:
        tree = code.tree(command.python_file)
        return tree is not None and bool(calls(tree, server.script.module, server.script.function))
    if server.worker:
        workers = [value for _, value in command.options(("-k", "--worker-class"))]
        if not any(re.fullmatch(server.worker, worker, re.IGNORECASE) for worker in workers):
            return False
    return command.starts_with(server.command)
