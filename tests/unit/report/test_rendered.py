"""The reports in docs/reports are what the recorded previews give; UPDATE_GOLDEN=1 rewrites them."""

import os
from collections.abc import Callable

import pytest

from endpoints.report import Report, as_html, as_markdown
from tests.unit.report.conftest import NAMES, ROOT

RENDERED = ROOT / "docs/reports"


def compare(name: str, text: str) -> None:
    file = RENDERED / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), (
        f"differs from {file.relative_to(ROOT)}; UPDATE_GOLDEN=1 rewrites it"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_report_of_a_change_is_the_one_in_the_documentation(
    report: Callable[[str], Report], name: str
) -> None:
    compare(f"{name}.md", as_markdown(report(name)))


def test_the_page_of_all_changes_is_the_one_in_the_documentation(report: Callable[[str], Report]) -> None:
    compare("all.html", as_html([report(name) for name in NAMES]))


def test_every_report_in_the_documentation_is_of_a_recorded_preview() -> None:
    assert {file.stem for file in RENDERED.glob("*.md")} == {*NAMES, "README"}
