"""What the table of known servers says about each: classes without behaviour, for `servers.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_FOUND = "so every request gets 404"
EMPTY_PAGE = "so its page loads but stays empty"

ANY_MENTION = (
    r"SCRIPT_NAME|VH_DEFAULT_PREFIX|X[-_]VH[-_]PREFIX|deployment_prefixes|root_path|url_prefix"
    r"|PATH_INFO|scope\[[\"']path|\{\w+:path\}|<path:\w+>|[\"']/?\.\*/"
)
"""Names and settings of the prefix, the path in WSGI and ASGI, routes for any path: such code may work."""


@dataclass(frozen=True)
class Script:
    """A Python file that starts its own server: it imports `module` and has one of the calls in `starts`.

    A call is written as `uvicorn.run` for a function of the module, `Flask.run` for a method of an object of
    that class, and `.launch` for any method of that name.
    """

    module: str
    starts: tuple[str, ...]


@dataclass(frozen=True)
class Prefix:
    """How a server gets the prefix that every path begins with.

    One of these is set: `option` of the command line, `variable` to put in front of the command
    (`NAME=value`), `in_code` if the application must use the prefix (`ASGI`, `WSGI` or what to write),
    `in_directory` if a directory must have its name, `impossible` if the server cannot serve under a prefix.

    `known_by` is a regular expression, compared without case: a match in the command, in variables or in the
    served code shows that the server gets the prefix. `effect` is what happens without it. `doubled_by` is an
    option that must not be used, since it adds the prefix to paths that have it already. `file_key` is the
    key of the setting in the first of the server's configuration files, which expands no variables.
    """

    option: str = ""
    variable: str = ""
    in_code: str = ""
    in_directory: bool = False
    impossible: bool = False
    known_by: str = ANY_MENTION
    effect: str = NOT_FOUND
    doubled_by: str = ""
    file_key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """One row of the table.

    A server is recognised by `command`, its program and the words after it (`aliases` are other such
    beginnings), by `script`, what the Python file that the command starts contains, or by `text`, a regular
    expression for the whole command. `worker` is a regular expression for gunicorn's `--worker-class`: such a
    row is for these workers only.

    `host`, `port` and `bind` (for `host:port`) are options; advice recommends the first of each. Variables
    (`bind_variable` is for `host:port`) count if no option is given, and then the arguments, which are those
    of the call in a script, or are written `name=value` in a `text`. `elsewhere` are options, or endings
    of arguments, that set the address in another way, `files` are files of the project that do so. A default
    of None is unknown or not fixed. `port_is_argument` is true if the port is an argument without an option.

    `prefix` None is for servers that need nothing, or of which nothing is known. `serves_modules` is true if
    the server imports `module:callable`, as `wsgi` does; `module_options` and `module_variable` name it if it
    is no argument, and `default_modules` are looked for then. `one_request` is true if it exits after one
    request, `keeps_sessions` if each user's requests must reach the same pod.
    """

    title: str
    command: tuple[str, ...] = ()
    aliases: tuple[tuple[str, ...], ...] = ()
    script: Script | None = None
    text: str = ""
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
    bind_variable: str = ""
    host_argument: str = ""
    port_argument: str = ""
    port_is_argument: bool = False
    prefix: Prefix | None = None
    serves_modules: bool = False
    module_options: tuple[str, ...] = ()
    module_variable: str = ""
    default_modules: tuple[str, ...] = ()
    one_request: bool = False
    keeps_sessions: bool = False


@dataclass(frozen=True)
class Framework:
    """A framework whose applications need more under `wsgi` than the prefix that the server sets.

    It is recognised by `script`, a call in the module of `wsgi`, or by `setting`, a regular expression that
    any file of the project may match. `known_by` is as in `Prefix`. `problem` and `remedy` are what is said.
    `slash_after` are settings in code whose value must end with a slash, each with what happens otherwise;
    they count for the framework's own server as well.
    """

    title: str
    script: Script | None
    setting: str
    known_by: str
    problem: str
    remedy: str
    slash_after: Mapping[str, str] = field(default_factory=dict)
