"""`schema` prints the schema of stack files."""

import json
from collections.abc import Callable

from endpoints.stack_file.schema import stack_schema
from tests.unit.cli.conftest import Ran


def test_the_schema_is_printed(run: Callable[..., Ran]) -> None:
    ran = run("schema")
    assert (ran.code, json.loads(ran.output)) == (0, stack_schema())
