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
        found = _name_and_parent(process)
        if found is None:
            return None
        name, parent = found
        if name == ENGINE:
            return process
        process = parent
    return None


def _name_and_parent(process: int) -> tuple[str, int] | None:
    """Return the name of a process and the number of its parent; None where neither Linux nor `ps` tells."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return _told_by_ps(process)
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return fields["Name"], int(fields["PPid"])


def _told_by_ps(process: int) -> tuple[str, int] | None:
    command = ["ps", "-o", "ppid=,comm=", "-p", str(process)]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    parent, _, name = listed.stdout.strip().partition(" ")
    return Path(name.strip()).name, int(parent)
