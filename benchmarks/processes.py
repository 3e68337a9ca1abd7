"""What a piece of work costs: time, and the processor time and memory of every process that it starts."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

EVERY_SECONDS = 0.2
"""How often processes are looked at. The last moments of each are missing from its processor time."""


@dataclass
class Cost:
    """What one piece of work cost. Processes of the same program count together in `cpu_seconds`."""

    seconds: float = 0
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    """Processor time by the program's name."""
    memory: dict[str, float] = field(default_factory=dict)
    """Peak of the resident memory in MiB, of the largest process of each name."""


@contextmanager
def cost() -> Iterator[Cost]:
    """Measure the block; the result is complete when it ends."""
    measured, ended = Cost(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(ended, measured), daemon=True)
    began = time.monotonic()
    watcher.start()
    try:
        yield measured
    finally:
        measured.seconds = time.monotonic() - began
        ended.set()
        watcher.join()


def _watch(ended: threading.Event, measured: Cost) -> None:
    own, used = psutil.Process(), dict[psutil.Process, tuple[str, float]]()
    while not ended.wait(EVERY_SECONDS):
        for process in own.children(recursive=True):
            try:
                with process.oneshot():
                    name, times = process.name(), process.cpu_times()
                    resident = process.memory_info().rss / 2**20
            except psutil.NoSuchProcess:
                continue
            used[process] = name, times.user + times.system
            measured.memory[name] = max(measured.memory.get(name, 0), resident)
    for name, seconds in used.values():
        measured.cpu_seconds[name] = measured.cpu_seconds.get(name, 0) + seconds
