"""How often a smoke request is sent again, and how much of an answer is read."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from endpoints.errors import ProjectError
from endpoints.plan.smoke_request import Expectation, SmokeRequest
from endpoints.rollout import smoke_request as checking
from endpoints.rollout.smoke_request import CHUNK, MOST_BYTES, Answer, NoAnswerError, read


class NoTransport:
    """Nothing answers."""

    base_url = "http://greet"

    def send(self, request: SmokeRequest) -> Answer:
        raise NoAnswerError(f"no route to {request.url(self.base_url)}")


def test_pauses_between_requests_grow_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append)
    monkeypatch.setattr(checking, "time", clock)

    with pytest.raises(ProjectError, match="no answer: no route to http://greet/"):
        checking.check("greet", SmokeRequest("/", "GET", {}, Expectation(["2xx"]), 1, 20), NoTransport())

    assert pauses == [0.5, 1, 2, 4, 5, 5]


def test_an_endless_answer_is_read_up_to_a_limit() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MOST_BYTES // CHUNK):
            yield b"x" * CHUNK
        pytest.fail("more is read than the limit allows")

    assert len(read(endless(), float("inf"))) == MOST_BYTES
