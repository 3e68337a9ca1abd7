"""Waiting for work that takes long, in a hook."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


async def in_own_thread(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, and let everything else go on meanwhile.

    The SDK's threads will not do: each registration that waits for the engine holds one of them, so that
    hooks of as many resources as there are threads would wait for each other for ever.
    """
    thread = ThreadPoolExecutor(1)
    try:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(thread, context.run, work)
    finally:
        thread.shutdown(wait=False)
