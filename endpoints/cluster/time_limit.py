"""Puts an end to the waiting for work that knows no time limit of its own."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result], abandon: Callable[[Result], object]) -> Result:
    """Return what `work` returns and raise what it raises; raises TimeoutError when that takes too long.

    The work then goes on in its thread, which keeps no program from ending. What it returns after all is
    given to `abandon`, which closes it.
    """
    done: Future[Result] = Future()

    def carry_out() -> None:
        try:
            done.set_result(work())
        except BaseException as failure:
            done.set_exception(failure)

    def let_go(late: Future[Result]) -> None:
        if late.exception() is None:
            abandon(late.result())

    Thread(target=carry_out, daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        done.add_done_callback(let_go)
        raise
