"""How many workers fit, and what health says."""

import os
from pathlib import Path

import pytest

from endpoints.serving.valohai_serving.memory import SharedMemory
from endpoints.serving.valohai_serving.supervision import (
    ALIVE_PATH,
    HEALTH_PATH,
    MASTER_SECONDS,
    Supervision,
    memory_limit,
    memory_of,
    workers_that_fit,
)

MB = 10**6


@pytest.mark.parametrize(
    ("each", "limit", "fit"),
    [
        (110 * MB, 300 * MB, 2),
        (110 * MB, 100 * MB, 1),
        (10 * MB, 300 * MB, 4),
        (90 * MB, 400 * MB, 4),
        (110 * MB, None, 4),
        (0, 300 * MB, 4),
    ],
)
def test_as_many_workers_are_started_as_the_memory_has_room_for(
    each: int, limit: int | None, fit: int
) -> None:
    assert workers_that_fit(4, each, limit) == fit


def test_the_memory_limit_is_that_of_the_control_group(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) is None
    (tmp_path / "memory").mkdir()
    version_1 = tmp_path / "memory/memory.limit_in_bytes"
    version_1.write_text("9223372036854771712\n")
    assert memory_limit(tmp_path) is None
    version_1.write_text("300000000\n")
    assert memory_limit(tmp_path) == 300 * MB
    (tmp_path / "memory.max").write_text("200000000\n")
    assert memory_limit(tmp_path) == 200 * MB


def test_the_memory_of_a_process_grows_with_what_it_holds() -> None:
    before = memory_of(os.getpid())
    held = bytearray(os.urandom(50 * MB))
    assert memory_of(os.getpid()) - before > 40 * MB
    assert len(held) == 50 * MB


def test_the_memory_of_a_process_that_is_gone_is_not_known() -> None:
    assert memory_of(2**22 + 1) == 0


def test_health_is_that_of_any_worker_that_has_loaded_the_application() -> None:
    memory = SharedMemory()
    supervision = Supervision(memory)
    assert supervision.health(HEALTH_PATH)[0] == 503
    first, second = memory.take(), memory.take()
    assert first is not None
    assert second is not None
    assert supervision.health(HEALTH_PATH)[0] == 503
    second.ready()
    assert supervision.health(HEALTH_PATH)[0] == 200
    memory.leave(second)
    assert supervision.health(HEALTH_PATH)[0] == 503
    assert supervision.health("/elsewhere")[0] == 404


def test_a_master_that_does_not_look_after_its_workers_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    supervision = Supervision(SharedMemory())
    now[0] += 2 * MASTER_SECONDS
    assert supervision.health(ALIVE_PATH)[0] == 200, "it has not begun yet"
    supervision.beat()
    assert supervision.health(ALIVE_PATH)[0] == 200
    now[0] += MASTER_SECONDS + 1
    assert supervision.health(ALIVE_PATH)[0] == 503
    supervision.rest()
    assert supervision.health(ALIVE_PATH)[0] == 200


def test_a_worker_that_ends_by_itself_is_told_from_one_that_was_killed() -> None:
    memory = SharedMemory()
    for orderly in (True, False):
        block = memory.take()
        assert block is not None
        block.start()
        if orderly:
            block.end()
        assert memory.leave(block) is orderly
    assert memory.exits == 2
