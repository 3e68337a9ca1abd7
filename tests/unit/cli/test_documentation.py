"""docs/commands.md has every command, and names no flag that does not exist."""

import argparse
import importlib
import re
from pathlib import Path

import pytest

from endpoints.cli.command_line import COMMANDS

DOCUMENT = (Path(__file__).parents[3] / "docs/commands.md").read_text(encoding="utf-8")


def test_every_command_is_listed_with_its_summary() -> None:
    listed = dict(re.findall(r"^\| \[`([\w-]+)`\]\(#[\w-]+\) \| (.+) \|$", DOCUMENT, flags=re.MULTILINE))
    assert list(listed) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_that_is_shown_exists(name: str) -> None:
    parser = argparse.ArgumentParser()
    importlib.import_module(f"endpoints.cli.{COMMANDS[name].module}").add_arguments(parser)
    # Of a line of the shell, what comes before a pipe or behind a comment is another program's.
    lines = DOCUMENT.replace("\\\n", " ").splitlines()
    used = [
        line.rpartition(f"endpoints {name} ")[2].partition(" #")[0]
        for line in lines
        if f"endpoints {name} " in line
    ]
    flags = {flag for line in used for flag in re.findall(r"(?<!\S)--[\w-]+", line)}
    known = {flag for action in parser._actions for flag in action.option_strings}
    assert flags <= known
