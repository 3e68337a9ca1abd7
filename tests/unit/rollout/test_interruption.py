"""An update is interrupted when all that it waits for is hopeless, and not before."""

from collections.abc import Iterator

import pytest

from endpoints.rollout.interruption import OpenRollouts


@pytest.fixture
def interruptions() -> Iterator[list[None]]:
    yield []


@pytest.fixture
def rollouts(interruptions: list[None]) -> OpenRollouts:
    return OpenRollouts(lambda: interruptions.append(None))


def test_the_only_rollout_is_given_up_and_the_update_is_interrupted(
    rollouts: OpenRollouts, interruptions: list[None]
) -> None:
    rollouts.begin("greet")
    assert not interruptions
    rollouts.give_up("greet")
    assert len(interruptions) == 1


def test_a_rollout_that_may_succeed_is_waited_for(rollouts: OpenRollouts, interruptions: list[None]) -> None:
    rollouts.begin("greet")
    rollouts.begin("predict")
    rollouts.give_up("greet")
    assert not interruptions
    rollouts.end("predict")
    assert len(interruptions) == 1


def test_an_update_whose_rollouts_have_ended_is_not_interrupted(
    rollouts: OpenRollouts, interruptions: list[None]
) -> None:
    rollouts.begin("greet")
    rollouts.end("greet")
    assert not interruptions


def test_an_update_is_interrupted_once(rollouts: OpenRollouts, interruptions: list[None]) -> None:
    for name in ("greet", "predict"):
        rollouts.begin(name)
    for name in ("greet", "predict"):
        rollouts.give_up(name)
    rollouts.end("greet")
    assert len(interruptions) == 1
