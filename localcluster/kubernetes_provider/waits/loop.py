"""The loop that every wait is: look, tell, wait for a change, until ready, out of time or cancelled."""

import asyncio
import time
from typing import Final, Protocol

from endpoints.resource_plugin.reporting import Reporter

from ..failures import NotReadyError
from ..objects import title
from .progress import Problem, Progress

_LOOK_AT_LEAST_EVERY_SECONDS: Final = 5.0


class Watched(Protocol):
    """An object that is waited for."""

    def progress(self) -> Progress:
        """Return how far it is, by what is known now."""
        ...

    async def change(self, timeout_seconds: float) -> None:
        """Wait until more is known, or the time is over."""
        ...

    async def hint(self, problem: Problem) -> str:
        """Return the problem in one line, with the most telling line of a log where there is one."""
        ...

    async def reasons(self, progress: Progress) -> list[str]:
        """Return everything that explains why it is not ready; each entry may span lines."""
        ...


async def wait_until_ready(
    watched: Watched, *, timeout_seconds: float, cancelled: asyncio.Event, reporter: Reporter
) -> Progress:
    """Return the progress that was ready.

    Raises NotReadyError when the time is over or the engine asks to stop. Problems are shown as they
    appear, but do not end the wait: a pull or a crash may mend itself, and the official plugin waits for
    the timeout too.
    """
    deadline = time.monotonic() + timeout_seconds
    told: set[Problem] = set()
    while True:
        progress = watched.progress()
        if progress.ready:
            await reporter.status("")
            return progress
        if cancelled.is_set():
            raise NotReadyError(
                f"{title(progress.live)}: cancelled while {progress.message}", [], progress.live
            )
        if progress.failed:
            reasons = await watched.reasons(progress)
            raise NotReadyError(f"{title(progress.live)} failed: {progress.message}", reasons, progress.live)
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise NotReadyError(
                f"{title(progress.live)} did not become ready within {timeout_seconds:g} s: "
                f"{progress.message}",
                await watched.reasons(progress),
                progress.live,
            )
        await reporter.status(progress.message)
        for problem in progress.problems:
            if problem not in told:
                told.add(problem)
                await reporter.trouble(await watched.hint(problem))
        await _change_or_cancellation(watched, min(remaining, _LOOK_AT_LEAST_EVERY_SECONDS), cancelled)


async def _change_or_cancellation(watched: Watched, timeout_seconds: float, cancelled: asyncio.Event) -> None:
    tasks = [asyncio.ensure_future(watched.change(timeout_seconds)), asyncio.ensure_future(cancelled.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
