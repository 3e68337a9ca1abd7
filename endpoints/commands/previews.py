"""The previews that commands are given."""

import argparse
from pathlib import Path

from endpoints.commands.files import read_text
from endpoints.preview import Preview, read_preview


def add_previews(parser: argparse.ArgumentParser) -> None:
    """Declare the argument `previews`: one file or more, with `-` for the standard input."""
    parser.add_argument(
        "previews",
        nargs="+",
        type=Path,
        metavar="PREVIEW.json",
        help="what `pulumi preview --json --show-sames` printed; - is the standard input",
    )


def read_preview_file(file: Path) -> Preview:
    """Return the preview in a file; raises ProjectError if it cannot be read, or is none."""
    return read_preview(read_text(file), str(file))
