"""Arguments that commands share: stacks, previews, and files to write to."""

import argparse
import sys
from pathlib import Path

from endpoints.deployed.outputs import StackOutputs, read_outputs
from endpoints.errors import Problem, ProjectError
from endpoints.report.preview import Preview, read_preview
from endpoints.stack_file import Settings, load_settings
from endpoints.stack_file.files import project_name, project_root, read_values, stack_files, stack_name


def read_text(path: Path) -> str:
    """Return a file's text, or the standard input's for `-`; raises ProjectError if it cannot be read."""
    if str(path) == "-":
        return sys.stdin.read()
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ProjectError(Problem(str(path), None, "", "there is no such file")) from None
    except OSError as error:
        raise ProjectError(Problem(str(path), None, "", f"cannot be read: {error.strerror}")) from None
    except UnicodeDecodeError:
        raise ProjectError(Problem(str(path), None, "", "is not UTF-8 text")) from None


def read_stack_file(file: Path) -> Settings:
    """Return what a stack file says, without Pulumi; raises ProjectError with every mistake in it."""
    project = project_name(project_root(file))
    return load_settings(read_values(file, project), file, project)


def add_previews(parser: argparse.ArgumentParser) -> None:
    """Declare the argument `previews`: one file or more, with `-` for the standard input."""
    parser.add_argument(
        "previews",
        nargs="+",
        type=Path,
        metavar="PREVIEW.json",
        help="output of `pulumi preview --json --show-sames`; - is standard input",
    )


def read_preview_file(file: Path) -> Preview:
    """Return the preview in a file; raises ProjectError if it cannot be read, or is none."""
    return read_preview(read_text(file), str(file))


def add_stack_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which stack is meant and where its outputs are."""
    parser.add_argument("--stack", help="default: the only one in stacks/")
    parser.add_argument(
        "--outputs",
        type=Path,
        metavar="FILE",
        help="output of `pulumi stack output --json` (default: run it)",
    )


def chosen_stack(options: argparse.Namespace) -> tuple[str, Path, StackOutputs]:
    """Return the stack's name, the directory of Pulumi.yaml and the stack's outputs."""
    root = project_root(Path("Pulumi.yaml"))
    names = [stack_name(file) for file in stack_files(root)]
    if options.stack is None and len(names) != 1:
        raise ProjectError(f"--stack is missing; known: {', '.join(names) or 'none'}")
    stack = options.stack or names[0]
    return stack, root, read_outputs(stack, root, options.outputs)
