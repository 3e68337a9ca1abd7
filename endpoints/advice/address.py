"""Servers that no request reaches: they listen on localhost, or at another port than requests go to."""

from collections.abc import Iterator, Mapping

from endpoints.advice.server_command import KEY, last_command
from endpoints.advice.servers import Server, is_local, listening, option_values, server_of, split_address
from endpoints.advice.shell import Command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem


def advise_on_address(subject: Subject) -> Iterator[Problem]:
    """Find a server that listens where no request arrives."""
    command = last_command(subject)
    if command is None:
        return
    known = variables(subject)
    server = server_of(command)
    if server is None:
        yield from _unknown_server(subject, command, known)
    else:
        yield from _known_server(subject, command, server, known)


def variables(subject: Subject) -> Mapping[str, str]:
    """Return the values of variables that the server's environment holds for sure."""
    given = {name: value for name, value in subject.settings.environment.items() if isinstance(value, str)}
    return {**given, "PORT": str(subject.endpoint.port)}


def _known_server(
    subject: Subject, command: Command, server: Server, known: Mapping[str, str]
) -> Iterator[Problem]:
    found = listening(server, command, known)
    unknown = bool(server.files) and command.directory is None
    configured = unknown or any(subject.code.has_file(command.path(file)) for file in server.files)
    if found.host is not None and is_local(found.host) and (found.host_said_by or not configured):
        how = f"{found.host_said_by} {found.host}" if found.host_said_by else f"its default, {found.host}"
        remedy = f"{server.bind[0]} 0.0.0.0:$PORT" if server.bind else f"{server.host[0]} 0.0.0.0"
        yield subject.in_manifest(KEY, _localhost(f"{server.title} listens on localhost ({how})", remedy))
    if found.port not in (None, subject.endpoint.port) and (found.port_said_by or not configured):
        how = f"{found.port_said_by}" if found.port_said_by else "its default"
        yield subject.in_manifest(
            KEY, _port(subject, f"{server.title} listens at port {found.port} ({how})", found.port)
        )


def _unknown_server(subject: Subject, command: Command, known: Mapping[str, str]) -> Iterator[Problem]:
    """Look at the two options that mean the same nearly everywhere, if their values are plain."""
    hosts = option_values(command, ("--host", "--bind"))
    host = split_address(command.expand(hosts[0][1], known))[0] if len(hosts) == 1 else None
    if host is not None and is_local(host):
        yield subject.in_manifest(
            KEY, _localhost(f"{command.program} is told {hosts[0][0]} {host}", f"{hosts[0][0]} 0.0.0.0")
        )
    ports = option_values(command, ("--port",))
    port = command.expand(ports[0][1], known) if len(ports) == 1 else None
    words = [command.expand(word, known) or "" for word in command.arguments]
    # Where the right port is among the arguments too, --port may be for something else.
    if port is not None and port.isdigit() and not any(str(subject.endpoint.port) in word for word in words):
        yield subject.in_manifest(KEY, _port(subject, f"{command.program} is told --port {port}", int(port)))


def _localhost(what: str, remedy: str) -> str:
    return f"{what}, where no request from outside of its pod arrives; give it {remedy}"


def _port(subject: Subject, what: str, port: int) -> str:
    expected = subject.endpoint.port
    by_default = "" if "port" in subject.definition.key_lines else " (by default)"
    return (
        f"{what}, and requests go to the endpoint's port, {expected}{by_default}; set port: {port}, "
        "or give the server $PORT"
    )
