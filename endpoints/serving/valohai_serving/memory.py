"""State and counters of all workers, in memory that they share and that outlives each of them."""

import math
import mmap
import os
import threading
import time
from bisect import bisect_left
from typing import Any, Dict, Iterator, List, Optional, Sequence

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
"""Clients may make up methods; a label must not grow by that."""

STATUSES = range(100, 600)

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the histogram of durations, in seconds: Prometheus' own, and two more for slow models."""

MOST_WORKERS = 64
"""Workers that can be measured at a time: more than a pod has, even twice as in a reload."""

MOST_NAMES = 32
"""Names of metadata that a worker keeps."""

MOST_KEYS = 32
"""API keys whose requests are counted: as many as an endpoint may have."""

NAME_BYTES = 64

_WORD = 8
_IN_FLIGHT, _THREADS, _ALIVE, _DROPPED, _READY, _LEFT, _PROCESS, _BEAT = range(8)
_SECTIONS = (
    ("requests", "Q", len(METHODS) * len(STATUSES)),
    ("durations", "Q", len(BOUNDS) + 1),
    ("state", "Q", 8),
    ("counts", "Q", MOST_NAMES),
    ("keys", "Q", MOST_KEYS),
    # The first is the sum of all durations, the others are the sums of metadata.
    ("sums", "d", 1 + MOST_NAMES),
    ("names", "B", MOST_NAMES * NAME_BYTES),
)
_BLOCK_BYTES = sum(length if kind == "B" else length * _WORD for _, kind, length in _SECTIONS)


class Block:
    """State and counters of one worker; what its predecessors in the block counted stays.

    Only the worker writes them, each change under a lock, since its threads share them.
    """

    def __init__(self, memory: Any, keys: Sequence[str] = ()) -> None:
        """Divide `memory`, a memoryview of bytes; `keys` are the names of the API keys."""
        self._lock = threading.Lock()
        sections: Dict[str, Any] = {}
        start = 0
        for name, kind, length in _SECTIONS:
            end = start + (length if kind == "B" else length * _WORD)
            sections[name] = memory[start:end].cast(kind)
            start = end
        self.requests = sections["requests"]
        self.durations = sections["durations"]
        self.counts = sections["counts"]
        self.keys = sections["keys"]
        self._key_places = {name: place for place, name in enumerate(keys[:MOST_KEYS])}
        self.sums = sections["sums"]
        self._state = sections["state"]
        self._names = sections["names"]
        self._places: Optional[Dict[str, int]] = None

    @property
    def in_flight(self) -> int:
        """Requests that the worker's application is answering."""
        return int(self._state[_IN_FLIGHT])

    @property
    def threads(self) -> int:
        """Requests that the worker can answer at a time; 0 where it has no such bound."""
        return int(self._state[_THREADS])

    @threads.setter
    def threads(self, number: int) -> None:
        self._state[_THREADS] = number

    @property
    def is_alive(self) -> bool:
        """Whether a worker has the block."""
        return bool(self._state[_ALIVE])

    @property
    def is_ready(self) -> bool:
        """Whether the worker has loaded the application."""
        return bool(self._state[_ALIVE] and self._state[_READY])

    @property
    def process(self) -> int:
        """The worker's process; 0 until it tells."""
        return int(self._state[_PROCESS])

    @property
    def quiet_seconds(self) -> float:
        """Seconds since the last `beat`; 0 where the worker gives none."""
        beat = int(self._state[_BEAT])
        return time.monotonic() - beat / 1000 if beat else 0.0

    def start(self) -> None:
        """Note, in the worker, that it is this process."""
        self._state[_PROCESS] = os.getpid()

    def ready(self) -> None:
        """Note, in the worker, that it has loaded the application."""
        self._state[_READY] = 1

    def beat(self) -> None:
        """Note, in the worker, that it is not stuck."""
        self._state[_BEAT] = int(time.monotonic() * 1000)

    def end(self) -> None:
        """Note, in the worker, that it ends in an orderly way."""
        self._state[_READY] = 0
        self._state[_LEFT] = 1

    @property
    def dropped(self) -> int:
        """Values of metadata that found no place, by their number."""
        return int(self._state[_DROPPED])

    def begin(self) -> None:
        """Count a request that has come."""
        with self._lock:
            self._state[_IN_FLIGHT] += 1

    def finish(self, method: str, status: int, seconds: float, key: Optional[str] = None) -> None:
        """Count a request that has been answered; `key` is the name of the API key that it came by."""
        row = METHODS.index(method if method in METHODS else "other")
        place = row * len(STATUSES) + (status if status in STATUSES else 500) - STATUSES.start
        bucket = bisect_left(BOUNDS, seconds)
        with self._lock:
            self._state[_IN_FLIGHT] -= 1
            self.requests[place] += 1
            self.durations[bucket] += 1
            self.sums[0] += seconds
            if key in self._key_places:
                self.keys[self._key_places[key]] += 1

    def observe(self, name: str, value: float) -> None:
        """Add a value of metadata; it is dropped if it is no finite number or its name finds no place."""
        with self._lock:
            place = self._place(name) if math.isfinite(value) else None
            if place is None:
                self._state[_DROPPED] += 1
            else:
                self.counts[place] += 1
                self.sums[1 + place] += value

    def names(self) -> List[str]:
        """Return the names of metadata in the order of `counts`."""
        found = []
        for start in range(0, len(self._names), NAME_BYTES):
            name = bytes(self._names[start : start + NAME_BYTES]).rstrip(b"\0")
            if not name:
                break
            # Perhaps it is just being written.
            found.append(name.decode(errors="replace"))
        return found

    def take(self) -> None:
        """Give the block to a new worker."""
        self._clear()
        self._state[_ALIVE] = 1

    def leave(self) -> bool:
        """Take it from a worker that has ended, whatever that was doing; return whether it ended orderly."""
        orderly = bool(self._state[_LEFT])
        self._clear()
        return orderly

    def _clear(self) -> None:
        for place in (_IN_FLIGHT, _THREADS, _ALIVE, _READY, _LEFT, _PROCESS, _BEAT):
            self._state[place] = 0

    def _place(self, name: str) -> Optional[int]:
        if self._places is None:
            self._places = {known: place for place, known in enumerate(self.names())}
        place = self._places.get(name)
        if place is None:
            encoded = name.encode(errors="replace")
            if not 0 < len(encoded) <= NAME_BYTES or b"\0" in encoded or len(self._places) == MOST_NAMES:
                return None
            place = self._places[name] = len(self._places)
            start = place * NAME_BYTES
            self._names[start : start + len(encoded)] = encoded
        return place


class SharedMemory:
    """The blocks of all workers; made in the server's master, inherited by the workers that it forks.

    `was_ready` tells whether any worker has ever loaded the application.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """Make it; `keys` are the names of the API keys."""
        self.key_names = keys[:MOST_KEYS]
        # The first page tells which blocks were ever used, so that the others' pages are never touched.
        memory = memoryview(mmap.mmap(-1, mmap.PAGESIZE + MOST_WORKERS * _BLOCK_BYTES))
        self._header = memory[: (1 + MOST_WORKERS) * _WORD].cast("Q")
        self._blocks = [
            Block(memory[start : start + _BLOCK_BYTES], keys)
            for start in range(mmap.PAGESIZE, len(memory), _BLOCK_BYTES)
        ]
        self.started = time.time()
        self.was_ready = False

    @property
    def exits(self) -> int:
        """Workers that have ended."""
        return int(self._header[0])

    @property
    def is_ready(self) -> bool:
        """Whether a worker has loaded the application and lives."""
        ready = any(block.is_ready for block in self.used())
        self.was_ready = self.was_ready or ready
        return ready

    def used(self) -> Iterator[Block]:
        """Return the blocks that hold anything."""
        return (block for number, block in enumerate(self._blocks, 1) if self._header[number])

    def take(self) -> Optional[Block]:
        """Return a block for a new worker, in the master; None if there are too many."""
        for number, block in enumerate(self._blocks, 1):
            if not (self._header[number] and block.is_alive):
                self._header[number] = 1
                block.take()
                return block
        return None

    def leave(self, block: Optional[Block]) -> bool:
        """Note, in the master, that the worker of a block has ended; return whether it ended orderly."""
        self._header[0] += 1
        return True if block is None else block.leave()
