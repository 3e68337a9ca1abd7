"""Which command of a `server-command` is the server."""

from endpoints.advice.shell import Command, parse
from endpoints.advice.subject import Subject
from endpoints.manifest import ServerCommand

KEY = "server-command"


def last_command(subject: Subject) -> Command | None:
    """Return the command that stays, and so must be the server; None where that cannot be told."""
    commands = all_commands(subject)
    return commands[-1] if commands else None


def only_command(subject: Subject) -> Command | None:
    """Return the command that nothing runs before; None where there are others, or that cannot be told."""
    commands = all_commands(subject)
    return commands[0] if len(commands) == 1 else None


def all_commands(subject: Subject) -> tuple[Command, ...]:
    """Return the commands that run one after another; none where that cannot be told, or there are none."""
    if not isinstance(subject.endpoint.server, ServerCommand):
        return ()
    return parse(subject.endpoint.server.commands) or ()
