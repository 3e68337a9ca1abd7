"""Commands that cannot be a server, since they end by themselves."""

import re
from collections.abc import Iterator

from endpoints.advice.server_command import KEY, last_command
from endpoints.advice.shell import Command, is_only_comments, parse
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import ServerCommand
from endpoints.wording import quote

_ENDS = frozenset(
    {
        *(
            "cat",
            "cd",
            "chmod",
            "chown",
            "cp",
            "find",
            "head",
            "ln",
            "ls",
            "mkdir",
            "mv",
            "pwd",
            "rm",
            "rmdir",
        ),
        *("apt", "apt-get", "curl", "git", "tail", "tar", "touch", "unzip", "wget"),
        *("date", "echo", "exit", "false", "printf", "test", "true"),
        *("hostname", "id", "nvidia-smi", "printenv", "ps", "uname", "which", "whoami"),
    }
)
"""Programs that never wait for requests. `tail -f` does not end, but serves nothing, either."""

_INSTALLS = {
    "pip": re.compile(r"install|download|list|freeze|check|show|uninstall|--version"),
    "pip3": re.compile(r"install|download|list|freeze|check|show|uninstall|--version"),
    "conda": re.compile(r"install|env|create|list|--version"),
    "npm": re.compile(r"install|ci|i"),
    "uv": re.compile(r"pip|sync|add|lock|--version"),
    "poetry": re.compile(r"install|add|lock|--version"),
}
_VERSION = re.compile(r"-V|--version|--help")


def advise_on_commands_that_end(subject: Subject) -> Iterator[Problem]:
    """Find a server-command of which no part can be a server."""
    server = subject.endpoint.server
    if not isinstance(server, ServerCommand):
        return
    commands = parse(server.commands)
    if is_only_comments(server.commands):
        yield subject.in_manifest(KEY, f"holds comments alone, {_NO_SERVER}")
    elif commands == ():
        yield subject.in_manifest(KEY, f"sets variables alone, {_NO_SERVER}")
    elif commands and all(ends_by_itself(command) for command in commands):
        yield subject.in_manifest(KEY, f"ends after {quote(commands[-1].text)}, {_NO_SERVER}")


def advise_on_single_requests(subject: Subject) -> Iterator[Problem]:
    """Find the server of Python's library that answers one request and ends, and whose probe is a request."""
    command = last_command(subject)
    if command is not None and command.program == "wsgiref.simple_server":
        probe = subject.settings.probe.kind
        hint = (
            ""
            if probe == "listening"
            else "; at least set probe: {kind: listening}, for TCP probes count as requests"
        )
        text = f"wsgiref.simple_server ends after its first request, and starts anew for the next{hint}"
        yield subject.in_manifest(KEY, f"{text}; python -m http.server or wsgi goes on")


_NO_SERVER = "and no server is left to answer requests; end with the command that starts one"


def ends_by_itself(command: Command) -> bool:
    """Tell whether a command is known to end without a request."""
    if command.program in _ENDS:
        return True
    first = command.arguments[:1]
    if first and (pattern := _INSTALLS.get(command.program)) is not None:
        return pattern.fullmatch(first[0]) is not None
    return bool(command.program.startswith("python") and first and _VERSION.fullmatch(first[0]))
