"""The command line: `python -m endpoints COMMAND`."""

import argparse
import contextlib
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from endpoints.commands import FOUND
from endpoints.errors import ProjectError


class Command(NamedTuple):
    """A module of this package, and what it does, in a few words."""

    module: str
    summary: str


COMMANDS = {
    "check": Command("check", "check stack files and the valohai.yaml files that they point to"),
    "new-stack": Command("new_stack", "write a stack file"),
    "next-version": Command("next_version", "name the next version of a deployment"),
    "schema": Command("schema", "print the JSON schema of stack files"),
    "dashboard": Command("dashboard", "print a Grafana dashboard of endpoints"),
    "affected": Command("affected", "name the stacks that a change touches"),
    "report": Command("report", "tell what a preview means for endpoints, as Markdown or HTML"),
    "policy": Command("policy", "check previews against the policies"),
    "status": Command("status", "tell how the endpoints of a stack are"),
    "logs": Command("logs", "show what an endpoint's pods say"),
    "try": Command("try_endpoint", "send a request to an endpoint"),
}
"""Every command by its name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Only the chosen command is imported: a check before each commit need not wait for a Kubernetes client.
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    options, unknown = _parser(chosen).parse_known_args(arguments)
    if len(unknown) == 1 and not unknown[0].startswith("-") and getattr(options, "path", None) == "":
        # argparse gives an optional last word up at the first flag: `try greet --json 1 list`.
        options.path = unknown.pop()
    if unknown:
        # The command's own usage, which the parser of all commands would not show.
        options.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return int(options.run(options))
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


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m endpoints",
        description="Works with stack files, previews and deployed endpoints; `pulumi` deploys them.",
        epilog="docs/commands.md explains every command. Exit codes: 0 all is well, 1 there is something to "
        "mend, 2 the command line is wrong.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module_name, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name == chosen:
            module = importlib.import_module(f"endpoints.commands.{module_name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run, refuse=command.error)
    return parser
