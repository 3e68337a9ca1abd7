import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster.processes.table import command_line, end, identify, is_running, uptime_seconds

WAIT_FOR_INPUT = "import sys; sys.stdin.read()"


def fake_proc(root: Path, stat: str) -> Path:
    (root / "sys/kernel/random").mkdir(parents=True)
    (root / "sys/kernel/random/boot_id").write_text("a-boot\n")
    (root / "42").mkdir()
    (root / "42/stat").write_text(stat)
    return root


def stat_line(name: str = "etcd", state: str = "S", start: int = 9000, threads: int = 1) -> str:
    before_threads = " ".join(["0"] * 16)
    return f"42 ({name}) {state} {before_threads} {threads} 0 {start} 0 0"


def test_a_pid_that_now_belongs_to_another_process_does_not_count_as_running(tmp_path: Path) -> None:
    proc = fake_proc(tmp_path, stat_line(start=9000))
    recorded = identify(42, proc)
    assert recorded is not None
    assert is_running(recorded, proc)
    (proc / "42/stat").write_text(stat_line(start=9001))
    assert not is_running(recorded, proc)


def test_a_process_of_an_earlier_boot_does_not_count_as_running(tmp_path: Path) -> None:
    proc = fake_proc(tmp_path, stat_line())
    recorded = identify(42, proc)
    assert recorded is not None
    (proc / "sys/kernel/random/boot_id").write_text("another-boot\n")
    assert not is_running(recorded, proc)


def test_a_process_that_nobody_has_waited_for_does_not_count_as_running(tmp_path: Path) -> None:
    assert identify(42, fake_proc(tmp_path, stat_line(state="Z"))) is None


def test_a_process_whose_first_thread_is_dead_runs_until_the_last_one_has_ended(tmp_path: Path) -> None:
    assert identify(42, fake_proc(tmp_path, stat_line(state="Z", threads=2))) is not None


def test_a_name_with_spaces_and_parentheses_does_not_confuse_the_start_time(tmp_path: Path) -> None:
    found = identify(42, fake_proc(tmp_path, stat_line(name="a) S (b", start=1234)))
    assert found is not None
    assert found.start_ticks == 1234


def test_a_process_that_ends_when_asked_is_not_killed() -> None:
    script = (
        "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print(flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        identity = identify(process.pid)
        assert identity is not None
        end(identity, grace_seconds=10)
        assert process.wait() == 7


def test_a_process_that_does_not_end_when_asked_is_killed() -> None:
    script = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        identity = identify(process.pid)
        assert identity is not None
        end(identity, grace_seconds=0)
        assert process.wait() == -signal.SIGKILL


def test_ending_a_recycled_pid_leaves_its_new_owner_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", WAIT_FOR_INPUT], stdin=subprocess.PIPE) as process:
        identity = identify(process.pid)
        assert identity is not None
        end(replace(identity, start_ticks=identity.start_ticks - 1), grace_seconds=0)
        assert process.poll() is None


def test_the_uptime_and_the_command_line_of_a_process_are_found() -> None:
    speaking = f"print('started', flush=True); {WAIT_FOR_INPUT}"
    with subprocess.Popen(
        [sys.executable, "-c", speaking], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        # Until then it may still be a copy of this process.
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        identity = identify(process.pid)
        assert identity is not None
        assert uptime_seconds(identity) >= 0
        assert speaking in command_line(process.pid)


@pytest.mark.parametrize("pid", [0, 2**22 + 1])
def test_a_pid_without_a_process_is_not_running(pid: int) -> None:
    assert identify(pid) is None
    assert command_line(pid) == ""
