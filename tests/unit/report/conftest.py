"""Previews that the engine made, recorded by tests/cluster/deployments/changes.py."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from endpoints.report import Report, read_report
from endpoints.report.preview import Preview, read_preview

ROOT = Path(__file__).parents[3]
PREVIEWS = ROOT / "tests/fixtures/previews"
NAMES = sorted(file.stem for file in PREVIEWS.glob("*.json"))


def recorded(name: str) -> Preview:
    return read_preview((PREVIEWS / f"{name}.json").read_text(encoding="utf-8"), f"{name}.json")


@pytest.fixture
def report() -> Callable[[str], Report]:
    return lambda name: read_report(recorded(name))


@pytest.fixture
def altered() -> Callable[..., Preview]:
    """Read a recorded preview after a change of its JSON."""

    def read(name: str, change: Callable[[dict[str, Any]], object]) -> Preview:
        found = json.loads((PREVIEWS / f"{name}.json").read_text(encoding="utf-8"))
        change(found)
        return read_preview(json.dumps(found), f"{name}.json")

    return read
