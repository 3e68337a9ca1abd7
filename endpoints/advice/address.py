"""Servers that no request reaches: they listen on localhost, or on another port than the endpoint's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from endpoints.advice.servers import EVERY_INTERFACE, Server, server_of
from endpoints.advice.shell import Command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem


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
    if server is None:
        texts = _of_unknown_server(subject, command)
    elif server.script is not None:
        texts = _of_script(subject, server)
    else:
        texts = _of_known_server(subject, command, server)
    yield from map(subject.on_server, texts)


def _of_known_server(subject: Subject, command: Command, server: Server) -> Iterator[str]:
    found = _listening(server, command, subject.environment)
    # Defaults say nothing if a configuration file may replace them.
    configured = bool(server.files) and (
        command.directory is None or any(subject.code.has_file(command.path(file)) for file in server.files)
    )
    if found.host is not None and _is_local(found.host) and (found.host_from or not configured):
        source = f"{found.host_from} {found.host}" if found.host_from else f"its default, {found.host}"
        option = f"{server.bind[0]} 0.0.0.0:$PORT" if server.bind else f"{server.host[0]} 0.0.0.0"
        yield _localhost(f"{server.title} listens on localhost ({source})", option)
    if found.port not in (None, subject.endpoint.port) and (found.port_from or not configured):
        source = found.port_from or "its default"
        yield _port(subject, f"{server.title} listens on port {found.port} ({source})", found.port)


def _of_script(subject: Subject, server: Server) -> Iterator[str]:
    """Find what neither the script nor a variable sets."""
    lacking = [
        f"{variable}={value}"
        for variable, argument, value in (
            (server.host_variable, server.host_argument, EVERY_INTERFACE),
            (server.port_variable, server.port_argument, "$PORT"),
        )
        if variable and not subject.mentions(f"{variable}|{argument}")
    ]
    if lacking:
        yield (
            f"{server.title} listens on {server.default_host}:{server.default_port} by default, so requests "
            f"from outside its pod cannot reach it; put {' '.join(lacking)} in front of the command"
        )


def _of_unknown_server(subject: Subject, command: Command) -> Iterator[str]:
    """Look at options that nearly every program uses in the same way, if their values are literal."""
    known = subject.environment
    hosts = command.options(("--host", "--bind"))
    host = _split_address(command.expand(hosts[0][1], known))[0] if len(hosts) == 1 else None
    if host is not None and _is_local(host):
        option = hosts[0][0]
        yield _localhost(f"{command.program} listens on localhost ({option} {host})", f"{option} 0.0.0.0")
    ports = command.options(("--port",))
    port = command.expand(ports[0][1], known) if len(ports) == 1 else None
    words = [command.expand(word, known) or "" for word in command.arguments]
    # If another argument has the right port, --port may be for something else.
    if port is not None and port.isdigit() and not any(str(subject.endpoint.port) in word for word in words):
        yield _port(subject, f"{command.program} gets --port {port}", int(port))


def _localhost(what: str, option: str) -> str:
    return f"{what}, so requests from outside its pod cannot reach it; use {option}"


def _port(subject: Subject, what: str, port: int | None) -> str:
    default = "" if "port" in subject.definition.key_lines else " (the default)"
    return (
        f"{what}, but requests go to the endpoint's port, {subject.endpoint.port}{default}; "
        f"set port: {port}, or give the server $PORT"
    )


def _is_local(host: str) -> bool:
    """Tell whether a host is the loopback interface, which other machines cannot reach."""
    return host.strip("[]") in ("localhost", "::1") or host.startswith("127.")


def _listening(server: Server, command: Command, known: Mapping[str, str]) -> _Listening:
    """Return where the server listens; `known` are variables of its environment."""
    if command.options(server.elsewhere):
        return _Listening(None, None)
    binds = command.options(server.bind)
    if len(binds) > 1:
        return _Listening(None, None)
    if binds:
        host, port = _split_address(command.expand(binds[0][1], known))
        return _Listening(host, port, binds[0][0], binds[0][0])
    host, host_from = _setting(command, known, server.host, server.host_variable)
    port_text, port_from = _setting(command, known, server.port, server.port_variable)
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


def _split_address(text: str | None) -> tuple[str | None, int | None]:
    """Return host and port of `host:port`, None if unknown; an empty host means all interfaces."""
    match = re.fullmatch(r"(?:\w+://)?(\[[0-9a-fA-F:]*\]|[^:/]*)(?::(\d+))?", text or "")
    if text is None or match is None or re.match("unix:|fd:", text):
        return None, None
    return match[1] or EVERY_INTERFACE, int(match[2]) if match[2] else None


def _setting(
    command: Command, known: Mapping[str, str], options: tuple[str, ...], variable: str
) -> tuple[str | None, str | None]:
    """Return the value that an option or a variable gives, and its name; the last option counts."""
    if given := command.options(options):
        option, word = given[-1]
        return command.expand(word, known), option
    value = {**known, **command.variables, **command.own}.get(variable)
    return (None, None) if value is None else (command.expand(value, known), variable)
