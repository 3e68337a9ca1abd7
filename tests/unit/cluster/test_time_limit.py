"""Work that takes too long is given up, and what it brings after all is closed."""

from threading import Event

import pytest

from endpoints.cluster.forward import within


def test_work_that_is_done_in_time_is_returned() -> None:
    abandoned: list[int] = []
    assert within(60, lambda: 7, abandoned.append) == 7
    assert abandoned == []


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> None:
        raise ValueError("no such pod")

    with pytest.raises(ValueError, match="no such pod"):
        within(60, fail, print)


def test_work_that_takes_too_long_is_given_up_and_its_late_result_let_go() -> None:
    go_on, closed = Event(), Event()
    abandoned: list[str] = []

    def work() -> str:
        go_on.wait(60)
        return "late"

    def abandon(late: str) -> None:
        abandoned.append(late)
        closed.set()

    with pytest.raises(TimeoutError):
        within(0.01, work, abandon)
    assert abandoned == []
    go_on.set()
    assert closed.wait(60)
    assert abandoned == ["late"]
