"""The arguments of commands that look at what a stack has deployed."""

import argparse
from pathlib import Path

from endpoints.deployed.outputs import StackOutputs, read_outputs
from endpoints.errors import ProjectError
from endpoints.stack_files import project_root, stack_files, stack_name


def add_stack_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which stack is meant and where its outputs are."""
    parser.add_argument("--stack", help="default: the only one of stacks/")
    parser.add_argument(
        "--outputs",
        type=Path,
        metavar="FILE",
        help="what `pulumi stack output --json` printed (default: Pulumi is asked)",
    )


def chosen_stack(options: argparse.Namespace) -> tuple[str, Path, StackOutputs]:
    """Return the stack's name, the directory of Pulumi.yaml and the stack's outputs."""
    root = project_root(Path("Pulumi.yaml"))
    names = [stack_name(file) for file in stack_files(root)]
    if options.stack is None and len(names) != 1:
        raise ProjectError(f"--stack is missing; known: {', '.join(names) or 'none'}")
    stack = options.stack or names[0]
    return stack, root, read_outputs(stack, root, options.outputs)
