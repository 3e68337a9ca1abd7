"""Lines that tell what `up` is doing, how far it is and how long it has taken."""

import sys
import threading
import time
from typing import TextIO


class Progress:
    """Print whole lines with the time elapsed since the start; safe to use from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._start = time.monotonic()
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def say(self, message: str) -> None:
        """Print one line."""
        with self._lock:
            print(f"[{self.elapsed:6.1f}s] {message}", file=self._stream, flush=True)
