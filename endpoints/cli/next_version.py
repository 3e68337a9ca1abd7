"""`next-version`: prints how a deployment's next version would be called, as Valohai names them."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from endpoints.cli.arguments import read_stack_file
from endpoints.errors import ProjectError
from endpoints.stack_file.load import next_version_name
from endpoints.wording import suggestion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", type=Path, metavar="STACK_FILE", help="such as stacks/Pulumi.prod.yaml")
    parser.add_argument(
        "--deployment",
        metavar="PROJECT/NAME",
        help="print only its name, for scripts (default: a line for each deployment of the file)",
    )


def run(options: argparse.Namespace) -> int:
    """Print the names; today is the day in UTC, which is the same everywhere."""
    settings = read_stack_file(options.file)
    today = datetime.now(UTC).date()
    names = {
        f"{deployment.project}/{deployment.name}": next_version_name(
            (version.name for version in deployment.versions), today
        )
        for deployment in settings.deployments
    }
    if options.deployment is None:
        for deployment, name in names.items():
            print(f"{deployment} {name}")
    elif options.deployment in names:
        print(names[options.deployment])
    else:
        text = f"the stack has no deployment {options.deployment}; {suggestion(options.deployment, names)}"
        raise ProjectError(text)
    return 0
