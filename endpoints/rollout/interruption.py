"""Ends an update that waits for nothing but pods that can never become ready."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

ENGINE = "pulumi"
"""Name of the engine's program. It starts this one, by a plugin in between."""


class OpenRollouts:
    """The rollouts of one update that have begun and not ended; any thread may tell of them.

    `interrupt` is called once, when all of them are given up. While one may still succeed the update goes on,
    so that a broken endpoint does not cut off the others. Other steps that run at that moment, such as the
    build of an image, are cancelled as by Ctrl+C. The next update does them.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._open: set[str] = set()
        self._given_up: set[str] = set()
        self._is_over = False

    def begin(self, name: str) -> None:
        """Note that the rollout of an endpoint has begun."""
        with self._lock:
            self._open.add(name)

    def end(self, name: str) -> None:
        """Note that the engine does not wait for a rollout any more, successful or not."""
        with self._lock:
            self._open.discard(name)
            self._judge()

    def give_up(self, name: str) -> None:
        """Note that a rollout can never succeed."""
        with self._lock:
            self._given_up.add(name)
            self._judge()

    def _judge(self) -> None:
        if self._open and self._open <= self._given_up and not self._is_over:
            self._is_over = True
            self._interrupt()


def interrupt_engine() -> None:
    """Send the engine the signal of Ctrl+C: it stops waiting, notes in the state what it has done, and fails.

    Pulumi has no call by which a program ends its update: after an error of the program the engine still
    waits for each step that it has begun. Nothing happens where no process above this one is the engine.
    """
    engine = _engine_above(os.getppid())
    if engine is not None:
        os.kill(engine, signal.SIGINT)


def _engine_above(process: int) -> int | None:
    while process > 1:
        # Answers on Linux and macOS alike; where it is not installed the update waits until its time-out.
        try:
            listed = subprocess.run(
                ["ps", "-o", "ppid=,comm=", "-p", str(process)], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        parent, _, command = listed.stdout.strip().partition(" ")
        if Path(command.strip()).name == ENGINE:
            return process
        process = int(parent)
    return None
