"""A real browser shows the page as it is meant."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.report import Report, as_html
from tests.unit.report.conftest import NAMES

PROBE = """
<script>
const box = document.querySelector(".destroys").getBoundingClientRect();
const style = getComputedStyle(document.querySelector(".destroys"));
const tables = [...document.querySelectorAll("table")].every(table => table.offsetWidth <= innerWidth);
const links = document.querySelectorAll("a").length > 3;
const first = box.top < innerHeight && box.height > 60;
document.title = JSON.stringify([first, style.backgroundColor, tables, links]);
</script>
"""


def test_a_browser_shows_the_destroyed_namespace_on_the_first_screen_and_nothing_too_wide(
    report: Callable[[str], Report], tmp_path: Path
) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on PATH: apt-get install chromium")
    ordered = sorted(NAMES, key=lambda name: name != "destroyed-namespace")
    page = tmp_path / "page.html"
    page.write_text(as_html([report(name) for name in ordered]).replace("</body>", f"{PROBE}</body>"))
    shown = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1280,800",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    assert '<title>[true,"rgb(179, 38, 30)",true,true]</title>' in shown
