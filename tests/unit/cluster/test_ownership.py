"""Whose an object is that a stack is about to make."""

from typing import Any

import pytest

from endpoints.cluster.ownership import ADOPTING, STACK_ANNOTATION, is_adopting, owner, taken

STACK, OTHER = "organization/endpoints/fraud-prod", "organization/endpoints/fraud-staging"


@pytest.mark.parametrize(
    ("value", "adopting"), [("true", True), ("True", True), ("1", True), ("false", False)]
)
def test_an_update_that_takes_over_says_so_as_to_the_plugin(value: str, adopting: bool) -> None:
    assert is_adopting({ADOPTING: value}) is adopting
    assert not is_adopting({})


@pytest.mark.parametrize(
    ("metadata", "made_by"),
    [({"annotations": {STACK_ANNOTATION: OTHER}}, OTHER), ({"annotations": {"a": "b"}}, None), ({}, None)],
)
def test_an_objects_annotation_names_its_stack(metadata: dict[str, Any], made_by: str | None) -> None:
    assert owner({"metadata": metadata}) == made_by


def test_another_stack_is_named_with_what_to_do() -> None:
    assert taken("the namespace x", STACK, OTHER) == (
        f"the namespace x already exists and belongs to the stack {OTHER}; remove the deployment "
        "from one of the two, or give it another name here"
    )


def test_what_nobody_says_to_have_made_can_be_taken_over() -> None:
    assert f"To take the object over, run `{ADOPTING}=true pulumi up` once" in taken("it", STACK, None)


def test_what_a_stack_of_this_name_made_may_be_left_from_an_interrupted_update() -> None:
    said = taken("it", STACK, STACK)
    assert "If an interrupted update of this stack made it" in said
    assert "A stack of the same name with another state" in said
