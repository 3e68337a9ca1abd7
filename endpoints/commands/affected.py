"""`affected`: names the stacks that a change touches, for workflows that preview just these."""

import argparse
import json
import sys
from pathlib import Path

from endpoints.affected_stacks import affected
from endpoints.source.git import changed_files
from endpoints.stack_files import project_root


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--base",
        metavar="REF",
        default="HEAD",
        help="compare the working tree with where it left REF, as a pull request does (default: HEAD)",
    )
    chosen.add_argument(
        "--files",
        action="store_true",
        help="read the changed files from the standard input, one a line, relative to this directory",
    )
    parser.add_argument(
        "--format",
        choices=("text", "names", "json"),
        default="text",
        help="names and reasons, names alone, or a JSON list of names for a matrix (default: text)",
    )


def run(options: argparse.Namespace) -> int:
    """Print the stacks; none is no failure."""
    root = project_root(Path("Pulumi.yaml"))
    if options.files:
        changed = [Path.cwd() / line.strip() for line in sys.stdin if line.strip()]
    else:
        changed = changed_files(root, options.base)
    found = list(affected(root, changed))
    if options.format == "json":
        print(json.dumps([stack.stack for stack in found]))
    for stack in found if options.format != "json" else ():
        print(stack.stack if options.format == "names" else f"{stack.stack}: {stack.reason}")
    return 0
