"""`check`: validates stack files as a preview would, for editors, pre-commit and CI."""

import argparse
from pathlib import Path

from endpoints.commands import FOUND
from endpoints.commands.findings import FORMATS
from endpoints.errors import ProjectError
from endpoints.stack_files import STACK_DIRECTORY, stack_files
from endpoints.validation import validate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="STACK_FILE", help="default: all of stacks/Pulumi.*.yaml"
    )
    parser.add_argument(
        "--format",
        choices=sorted(FORMATS),
        default="text",
        help="text for people, json for programs, github for annotations of a workflow (default: text)",
    )
    parser.add_argument(
        "--settings-only",
        action="store_true",
        help="look at the stack files alone, not at sources, valohai.yaml and model files",
    )


def run(options: argparse.Namespace) -> int:
    """Check every file and print what was found; advice alone is no failure."""
    files = options.files or stack_files(Path())
    if not files:
        raise ProjectError(
            f"{STACK_DIRECTORY}: holds no stack file; name one, or run this beside Pulumi.yaml"
        )
    validations = [validate(file, settings_only=options.settings_only) for file in files]
    print(FORMATS[options.format](validations), end="")
    return FOUND if any(validation.problems for validation in validations) else 0
