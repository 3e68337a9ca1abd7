"""`report` reads previews and writes text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ran
from tests.unit.report.conftest import PREVIEWS, ROOT

CHANGED, NOTHING = str(PREVIEWS / "moved-alias.json"), str(PREVIEWS / "nothing.json")


def test_previews_of_several_stacks_become_one_text(run: Callable[..., Ran]) -> None:
    ran = run("report", CHANGED, NOTHING)
    expected = (ROOT / "docs/reports/moved-alias.md").read_text(encoding="utf-8")
    assert ran == Ran(0, f"{expected}\n**`trial`**: nothing changes\n", "")


def test_a_page_is_written_to_a_file(run: Callable[..., Ran], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run("report", CHANGED, "--format", "html", "--output", str(page)) == Ran(0, "", "")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("content", [None, "no preview"])
def test_a_file_that_cannot_be_read_is_told_without_a_stack_trace(
    run: Callable[..., Ran], tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "preview.json"
    if content is not None:
        file.write_text(content)
    ran = run("report", str(file))
    assert (ran.code, ran.output) == (1, "")
    assert ran.errors.startswith(f"{file}:")


def test_a_command_that_does_not_exist_is_a_wrong_command_line(run: Callable[..., Ran]) -> None:
    ran = run("repot")
    assert ran.code == 2
    assert "invalid choice: 'repot'" in ran.errors
