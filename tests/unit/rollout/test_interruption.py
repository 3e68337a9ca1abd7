"""An update is interrupted when all that it waits for is hopeless, and not before."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoints.rollout import interruption
from endpoints.rollout.interruption import OpenRollouts, interrupt_engine


@pytest.fixture
def interruptions() -> Iterator[list[None]]:
    yield []


@pytest.fixture
def rollouts(interruptions: list[None]) -> OpenRollouts:
    return OpenRollouts(lambda: interruptions.append(None))


def test_the_only_rollout_is_given_up_and_the_update_is_interrupted(
    rollouts: OpenRollouts, interruptions: list[None]
) -> None:
    rollouts.begin("greet")
    assert not interruptions
    rollouts.give_up("greet")
    assert len(interruptions) == 1


def test_a_rollout_that_may_succeed_is_waited_for(rollouts: OpenRollouts, interruptions: list[None]) -> None:
    rollouts.begin("greet")
    rollouts.begin("predict")
    rollouts.give_up("greet")
    assert not interruptions
    rollouts.end("predict")
    assert len(interruptions) == 1


def test_an_update_whose_rollouts_have_ended_is_not_interrupted(
    rollouts: OpenRollouts, interruptions: list[None]
) -> None:
    rollouts.begin("greet")
    rollouts.end("greet")
    assert not interruptions


def test_an_update_is_interrupted_once(rollouts: OpenRollouts, interruptions: list[None]) -> None:
    for name in ("greet", "predict"):
        rollouts.begin(name)
    for name in ("greet", "predict"):
        rollouts.give_up(name)
    rollouts.end("greet")
    assert len(interruptions) == 1


@pytest.mark.parametrize("by_ps", [False, True])
def test_the_engine_above_the_program_gets_the_signal_of_control_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_ps: bool
) -> None:
    if by_ps and shutil.which("ps") is None:
        pytest.skip("no ps on PATH: apt-get install procps")
    engine = tmp_path / "pulumi"
    engine.symlink_to(shutil.which("sleep") or "")
    sent: list[tuple[int, int]] = []
    with subprocess.Popen([engine, "60"]) as running, monkeypatch.context() as patched:
        # The kernel gives a process its name a moment after the start of its program is told.
        deadline = time.monotonic() + 10
        while Path(f"/proc/{running.pid}/comm").read_text() != "pulumi\n":
            assert time.monotonic() < deadline
        patched.setattr(os, "getppid", lambda: running.pid)
        patched.setattr(os, "kill", lambda *signalled: sent.append(signalled))
        if by_ps:
            patched.setattr(interruption, "_name_and_parent", interruption._told_by_ps)
        interrupt_engine()
        patched.undo()
        running.kill()
    assert sent == [(running.pid, signal.SIGINT)]
