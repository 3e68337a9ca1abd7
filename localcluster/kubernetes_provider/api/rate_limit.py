"""Keeping to a rate of requests, as `qps` and `burst` of kubeClientSettings ask (client-go's flowcontrol)."""

import asyncio
import time
from collections.abc import Callable


class RateLimit:
    """A token bucket: `burst` requests at once, then `per_second` in the long run."""

    def __init__(self, per_second: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the rate, the size of the bucket, and a clock in seconds."""
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._refilled_at = clock()

    def delay(self) -> float:
        """Take a place in the queue and return how many seconds to wait for it."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._refilled_at) * self._per_second)
        self._refilled_at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._per_second)

    async def wait(self) -> None:
        """Wait until a request may go out."""
        seconds = self.delay()
        if seconds > 0:
            await asyncio.sleep(seconds)
