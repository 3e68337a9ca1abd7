"""What an update changes in a resource is told, also where the whole stack moves."""

from typing import Any

import pytest

from endpoints.report.differences import differences
from endpoints.report.preview import ENDPOINT, Operation, Resource

ADDRESS = "acme/digits/production/1/greet"


def service(operation: Operation, before: Any, after: Any) -> Resource:
    return Resource(operation, "kubernetes:core/v1:Service", ADDRESS, ADDRESS, ENDPOINT, before, after)


@pytest.mark.parametrize(
    ("operation", "moves", "is_same", "told"),
    [
        (Operation.SAME, False, True, []),
        # Such as one by another version of a plugin.
        (Operation.UPDATE, False, True, ["service changed"]),
        (Operation.UPDATE, False, False, ["service changed"]),
        (Operation.REPLACE, False, False, ["service replaced"]),
        # On a move everything is replaced, which is no news of a single resource.
        (Operation.REPLACE, True, True, []),
        (Operation.REPLACE, True, False, ["service changed"]),
    ],
)
def test_a_service_is_told_of_by_what_happens_to_it(
    operation: Operation, moves: bool, is_same: bool, told: list[str]
) -> None:
    after = {"spec": {"ports": [] if is_same else [80]}}
    found = differences(service(operation, {"spec": {"ports": []}}, after), moves)
    assert list(found) == told
