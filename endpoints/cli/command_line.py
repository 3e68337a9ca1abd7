"""The command line: `python -m endpoints COMMAND`."""

import argparse
import contextlib
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from endpoints.cli import FOUND
from endpoints.errors import ProjectError

PROGRAM = "python -m endpoints"
"""What usages and errors call the program."""


class Command(NamedTuple):
    """A module of this package, and what it does, in a few words."""

    module: str
    summary: str


COMMANDS = {
    "check": Command("check", "check stack files and their valohai.yaml files"),
    "new-stack": Command("new_stack", "write a stack file"),
    "next-version": Command("next_version", "print the name of a deployment's next version"),
    "schema": Command("schema", "print the JSON schema of stack files"),
    "dashboard": Command("dashboard", "print a Grafana dashboard for endpoints"),
    "affected": Command("affected", "list the stacks that a change affects"),
    "report": Command("report", "report what a preview changes for endpoints, as Markdown or HTML"),
    "policy": Command("policy", "check previews against the policies"),
    "status": Command("status", "show endpoint status"),
    "logs": Command("logs", "show endpoint logs"),
    "try": Command("try_endpoint", "send a request to an endpoint"),
}
"""Every command by its name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    chosen, words = _parser().parse_known_args(arguments)
    # Only the chosen command is imported: a check before each commit need not wait for a Kubernetes client.
    command = importlib.import_module(f"endpoints.cli.{COMMANDS[chosen.command].module}")
    # argparse takes words among flags (`try greet --json 1 list`) only in a parser without subparsers.
    parser = argparse.ArgumentParser(f"{PROGRAM} {chosen.command}", description=_sentence(chosen.command))
    command.add_arguments(parser)
    options = parser.parse_intermixed_args(words)
    try:
        return int(command.run(options))
    except ProjectError as error:
        print(error, file=sys.stderr)
        return FOUND
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has seen enough; nothing more may be written, not even at exit.
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    """Return what tells which command is meant, and leaves all that follows it alone."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Works with stack files, previews and deployed endpoints; `pulumi` deploys them.",
        epilog="docs/commands.md explains every command. Exit codes: 0 success, 1 something must be fixed, "
        "2 wrong command line.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary, add_help=False)
    return parser


def _sentence(command: str) -> str:
    summary = COMMANDS[command].summary
    return f"{summary[0].upper()}{summary[1:]}."
