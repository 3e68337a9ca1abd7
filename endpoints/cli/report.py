"""`report`: tells what previews mean, for the comment at a pull request and for a browser."""

import argparse
import sys
from pathlib import Path

from endpoints.cli.arguments import add_previews, read_preview_file, read_text
from endpoints.report import as_html, as_markdown, read_quotas, read_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_previews(parser)
    parser.add_argument(
        "--format", choices=("markdown", "html"), default="markdown", help="default: markdown"
    )
    parser.add_argument(
        "--quotas",
        type=Path,
        metavar="FILE",
        help="output of `kubectl get resourcequota --all-namespaces -o json`, to compare with",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file (default: print)")


def run(options: argparse.Namespace) -> int:
    """Print one report for each preview, or write them."""
    quotas = read_quotas(read_text(options.quotas), str(options.quotas)) if options.quotas else ()
    reports = [read_report(read_preview_file(file), quotas) for file in options.previews]
    if options.format == "html":
        text = as_html(reports)
    else:
        text = "\n".join(as_markdown(report) for report in reports)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0
