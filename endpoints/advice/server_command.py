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
    """Return the command that nothing but `cd` runs before; None where that cannot be told."""
    *before, last = all_commands(subject) or (None,)
    return last if all(command is not None and command.program == "cd" for command in before) else None


def all_commands(subject: Subject) -> tuple[Command, ...]:
    """Return the commands that run one after another; none where that cannot be told, or there are none."""
    if not isinstance(subject.endpoint.server, ServerCommand):
        return ()
    return parse(subject.endpoint.server.commands) or ()
