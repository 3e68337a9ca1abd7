"""Several logs are followed at a time, and following ends when it is meant to."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoints.cli.logs import interleaved
from endpoints.errors import ProjectError

ROOT = Path(__file__).parents[3]

FOLLOWING = """
import signal
import threading
from endpoints.cli.logs import interleaved

# A job in the background of a shell begins with interrupts ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def silent():
    yield "begun"
    threading.Event().wait()

for line in interleaved([silent()]):
    print(line, flush=True)
"""


def test_all_lines_come_and_those_of_each_stream_in_their_order() -> None:
    lines = list(interleaved([["a1", "a2", "a3"], [], ["b1", "b2"]]))

    assert [line for line in lines if line.startswith("a")] == ["a1", "a2", "a3"]
    assert [line for line in lines if line.startswith("b")] == ["b1", "b2"]
    assert len(lines) == 5


def test_a_failure_is_raised_while_another_stream_is_silent() -> None:
    over = threading.Event()

    def silent() -> Iterator[str]:
        over.wait()
        yield from ()

    def refused() -> Iterator[str]:
        yield "last words"
        raise ProjectError("the cluster refuses")

    lines = interleaved([silent(), refused()])

    assert next(lines) == "last words"
    with pytest.raises(ProjectError, match="the cluster refuses"):
        next(lines)
    over.set()


def test_an_interrupt_ends_a_program_that_follows_a_silent_stream() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOWING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "begun\n"
            program.send_signal(signal.SIGINT)

            assert program.wait(timeout=20) != 0
        finally:
            program.kill()
