"""Servers that no request reaches: they listen on localhost, or on another port than the endpoint's."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from endpoints.advice.models import Server
from endpoints.advice.servers import EVERY_INTERFACE, server_of
from endpoints.advice.shell import Command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem

_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
"""Names of machines with a domain."""


@dataclass(frozen=True)
class _Listening:
    """Where a server listens. None means unknown; `host_from` and `port_from` None mean a default."""

    host: str | None
    port: int | None
    host_from: str | None = None
    port_from: str | None = None


def advise_on_address(subject: Subject) -> Iterator[Problem]:
    """Find a server that listens where no request arrives."""
    command = subject.last_command
    if command is None:
        return
    server = server_of(command, subject.code)
    texts = (
        _of_unknown_server(subject, command)
        if server is None
        else _of_known_server(subject, command, server, _listening(server, command, subject))
    )
    yield from map(subject.on_server, texts)


def _of_known_server(subject: Subject, command: Command, server: Server, found: _Listening) -> Iterator[str]:
    # Defaults say nothing if a configuration file may replace them.
    configured = bool(server.files) and (
        command.directory is None or any(subject.code.has_file(command.path(file)) for file in server.files)
    )
    host = found.host if found.host_from or not configured else None
    source = f"{found.host_from} {found.host}" if found.host_from else f"its default, {found.host}"
    if host is not None and _is_local(host):
        yield _localhost(f"{server.title} listens on localhost ({source})", _host_remedy(server, found))
    elif host is not None and _is_of_one_machine(host):
        yield (
            f"{server.title} listens on {host} ({found.host_from}), which is no address of its pod, so it "
            f"cannot start; {_host_remedy(server, found)}"
        )
    if found.port not in (None, subject.endpoint.port) and (found.port_from or not configured):
        what = f"{server.title} listens on port {found.port} ({found.port_from or 'its default'})"
        yield _port(subject, what, found.port, _port_remedy(server, found))


def _host_remedy(server: Server, found: _Listening) -> str:
    if server.bind:
        return f"use {server.bind[0]} {EVERY_INTERFACE}:$PORT"
    if server.host:
        return f"use {server.host[0]} {EVERY_INTERFACE}"
    if server.bind_variable:
        return f"put {server.bind_variable}={EVERY_INTERFACE}:$PORT in front of the command"
    if server.host_variable and found.host_from in (None, server.host_variable):
        return f"put {server.host_variable}={EVERY_INTERFACE} in front of the command"
    return f'set {server.host_argument}="{EVERY_INTERFACE}" in the code'


def _port_remedy(server: Server, found: _Listening) -> str:
    if server.script is None:
        return "give the server $PORT"
    if server.port_variable and found.port_from in (None, server.port_variable):
        return f"put {server.port_variable}=$PORT in front of the command"
    return f'set {server.port_argument}=int(os.environ["PORT"]) in the code'


def _of_unknown_server(subject: Subject, command: Command) -> Iterator[str]:
    """Look at options that nearly every program uses in the same way, if their values are literal."""
    known = subject.environment
    hosts = command.options(("--host", "--bind"))
    host = _split_address(command.expand(hosts[0][1], known))[0] if len(hosts) == 1 else None
    if host is not None and _is_local(host):
        option = hosts[0][0]
        what = f"{command.program} listens on localhost ({option} {host})"
        yield _localhost(what, f"use {option} {EVERY_INTERFACE}")
    ports = command.options(("--port",))
    port = command.expand(ports[0][1], known) if len(ports) == 1 else None
    words = [command.expand(word, known) or "" for word in command.arguments]
    # If another argument has the right port, --port may be for something else.
    if port is not None and port.isdigit() and not any(str(subject.endpoint.port) in word for word in words):
        yield _port(subject, f"{command.program} gets --port {port}", int(port), "give the server $PORT")


def _localhost(what: str, remedy: str) -> str:
    return f"{what}, so requests from outside its pod cannot reach it; {remedy}"


def _port(subject: Subject, what: str, port: int | None, remedy: str) -> str:
    default = "" if "port" in subject.definition.key_lines else " (the default)"
    return (
        f"{what}, but requests go to the endpoint's port, {subject.endpoint.port}{default}; "
        f"set port: {port}, or {remedy}"
    )


def _is_local(host: str) -> bool:
    """Tell whether a host is the loopback interface, which other machines cannot reach."""
    address = _address(host)
    if address is None:
        return host == "localhost" or host.startswith("127.")
    return address.is_loopback


def _is_of_one_machine(host: str) -> bool:
    """Tell whether a host is an address or a name that some machine may have, and a new pod never has."""
    address = _address(host)
    return _NAME.fullmatch(host) is not None if address is None else not address.is_unspecified


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address, which may stand in brackets; None if the host is none."""
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _listening(server: Server, command: Command, subject: Subject) -> _Listening:
    """Return where the server listens."""
    known = subject.environment
    endings = tuple(ending for ending in server.elsewhere if ending.startswith("."))
    if command.options(server.elsewhere) or any(word.endswith(endings) for word in command.arguments):
        return _Listening(None, None)
    binds = command.options(server.bind)
    if len(binds) > 1:
        return _Listening(None, None)
    if binds:
        host, port = _split_address(command.expand(binds[0][1], known))
        return _Listening(host, port, binds[0][0], binds[0][0])
    if (bound := _variable(command, known, server.bind_variable)) is not None:
        host, port = _split_address(command.expand(bound, known))
        return _Listening(host, port or server.default_port, server.bind_variable, server.bind_variable)
    arguments = _arguments(server, command, subject)
    if arguments is None:
        return _Listening(None, None)
    host, host_from = _setting(
        server.host, server.host_variable, server.host_argument, arguments, command, known
    )
    port_text, port_from = _setting(
        server.port, server.port_variable, server.port_argument, arguments, command, known
    )
    if server.port_is_argument:
        pairs = zip(("", *command.arguments), command.arguments, strict=False)
        own = [word for before, word in pairs if before == "--cgi" or not before.startswith("-")]
        numbers = [word for word in own if word.isdigit() or word.startswith("$")]
        if numbers:
            port_text, port_from = command.expand(numbers[0], known), "the first argument"
    port = int(port_text) if port_text and port_text.isdigit() else None
    return _Listening(
        server.default_host if host_from is None else host,
        server.default_port if port_from is None else port,
        host_from,
        port_from,
    )


def _setting(
    options: tuple[str, ...],
    variable: str,
    argument: str,
    arguments: Mapping[str, str | None],
    command: Command,
    known: Mapping[str, str],
) -> tuple[str | None, str | None]:
    """Return the value of a setting, None if it is unknown, and where it is from, None for a default."""
    if given := command.options(options):
        option, word = given[-1]  # the last one counts
        return command.expand(word, known), option
    if argument in arguments:
        return arguments[argument], argument
    value = _variable(command, known, variable)
    return (None, None) if value is None else (command.expand(value, known), variable)


def _variable(command: Command, known: Mapping[str, str], name: str) -> str | None:
    return {**known, **command.variables, **command.own}.get(name)


def _arguments(server: Server, command: Command, subject: Subject) -> Mapping[str, str | None] | None:
    """Return the arguments of the call that starts the server, with their values if they are literal.

    None if there is not exactly one such call, or if it has arguments without a name that may be the address.
    """
    if server.text:
        found = re.findall(r"\b(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+)L?\b|)", command.text)
        return {name: first or second or number or None for name, first, second, number in found}
    if server.script is None:
        return {}
    python = subject.code.python(subject.code.started_file(command))
    found = python.calls(server.script.module, server.script.starts) if python is not None else []
    most = 1 if server.script.starts[0].startswith(server.script.module) else 0  # the application
    if len(found) != 1 or len(found[0].args) > most or any(word.arg is None for word in found[0].keywords):
        return None
    arguments = {word.arg: _literal(word.value) for word in found[0].keywords if word.arg is not None}
    return None if arguments.keys() & set(server.elsewhere) else arguments


def _literal(value: ast.expr) -> str | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str | int):
        return str(value.value)
    return None


def _split_address(text: str | None) -> tuple[str | None, int | None]:
    """Return host and port of `host:port`, None if unknown; an empty host means all interfaces."""
    if text is not None and ":" in text and _address(text) is not None:
        return text, None
    match = re.fullmatch(r"(?:\w+://)?(\[[0-9a-fA-F:.]*\]|[^:/]*)(?::(\d+))?", text or "")
    if text is None or match is None or re.match("unix:|fd:", text):
        return None, None
    return match[1] or EVERY_INTERFACE, int(match[2]) if match[2] else None
