"""`next-version` proposes names that are free."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ran

Run = Callable[..., Ran]

FILE = "stacks/Pulumi.test.yaml"


class Noon(datetime):
    @classmethod
    def now(cls, tz: object = None) -> "Noon":
        assert tz is UTC
        return cls(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def first_of_november(monkeypatch: pytest.MonkeyPatch, program: Path) -> Path:
    """Make it the day of the stack's only version."""
    monkeypatch.setattr("endpoints.cli.next_version.datetime", Noon)
    return program


def test_each_deployment_has_its_next_name(run: Run) -> None:
    assert run("next-version", FILE) == Ran(0, "shapes/production 20261101.1\n", "")


def test_a_script_gets_the_name_alone(run: Run) -> None:
    assert run("next-version", FILE, "--deployment=shapes/production") == Ran(0, "20261101.1\n", "")


def test_an_unknown_deployment_is_told_with_the_known_ones(run: Run) -> None:
    code, output, errors = vars(run("next-version", FILE, "--deployment=shapes/prod")).values()
    assert (code, output) == (1, "")
    assert "no deployment shapes/prod; did you mean shapes/production? known: shapes/production" in errors


def test_a_mistake_in_the_file_is_told_and_nothing_is_proposed(first_of_november: Path, run: Run) -> None:
    file = first_of_november / FILE
    file.write_text(file.read_text().replace("organization: acme", "organization: a/b"))
    found = run("next-version", FILE)
    assert (found.code, found.output) == (1, "")
    assert f'{FILE}:2: endpoints:organization: found "a/b"' in found.errors
