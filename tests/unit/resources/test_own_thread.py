"""Work of hooks does not wait for the SDK's threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from endpoints.resources.own_thread import in_own_thread


def test_work_is_done_while_all_threads_of_the_loop_are_taken() -> None:
    async def program() -> str:
        loop, released = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        registration = loop.run_in_executor(None, released.wait)
        try:
            return await asyncio.wait_for(in_own_thread(lambda: "done"), 10)
        finally:
            released.set()
            await registration

    assert asyncio.run(program()) == "done"


def test_what_the_work_raises_arrives() -> None:
    def fail() -> None:
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        asyncio.run(in_own_thread(fail))
