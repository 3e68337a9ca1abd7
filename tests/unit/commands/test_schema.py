"""`schema` prints what is in the repository."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.stack_schema import SCHEMA_FILE, stack_schema
from tests.unit.commands.conftest import Ran


def test_the_schema_is_printed(run: Callable[..., Ran]) -> None:
    ran = run("schema")
    assert (ran.code, json.loads(ran.output)) == (0, stack_schema())


def test_the_schema_is_written_where_editors_find_it(
    run: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("schema", "--write") == Ran(0, "", "")
    assert json.loads(SCHEMA_FILE.read_text()) == stack_schema()
