"""`policy`: applies the organization's policies to previews."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from endpoints.cli import FOUND
from endpoints.cli.arguments import add_previews, read_preview_file
from endpoints.errors import Problem, ProjectError
from endpoints.policy import RULES, Violation, check_preview, is_broken, load_policy_settings

_FAILED = "is from a failed preview and is incomplete; see python -m endpoints report"

SETTINGS = Path("policies/settings.yaml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_previews(parser)
    parser.add_argument(
        "--settings", type=Path, default=SETTINGS, metavar="FILE", help=f"default: {SETTINGS}"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Print every violation; advisory ones alone are no failure."""
    if not options.settings.exists():
        text = "there is no such file; copy policies/settings.yaml of the template, or give --settings FILE"
        raise ProjectError(Problem(str(options.settings), None, "", text))
    settings = load_policy_settings(options.settings, tuple(rule.name for rule in RULES))
    previews = {str(file): read_preview_file(file) for file in options.previews}
    failed = [Problem(file, None, "", _FAILED) for file, preview in previews.items() if preview.errors]
    if failed:
        raise ProjectError(*failed)
    found = {file: list(check_preview(preview, settings)) for file, preview in previews.items()}
    if options.format == "json":
        print(json.dumps({file: _plain(violations) for file, violations in found.items()}, indent=2))
    else:
        for file, violations in found.items():
            for violation in violations:
                print(f"{file}: {violation}")
            if not violations:
                print(f"{file}: meets every policy")
    return FOUND if any(is_broken(violations) for violations in found.values()) else 0


def _plain(violations: Sequence[Violation]) -> list[dict[str, str]]:
    return [{**vars(violation), "level": violation.level.value} for violation in violations]
