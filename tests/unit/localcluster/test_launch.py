import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster import layout as layout_module
from localcluster.command_line.progress import Progress
from localcluster.errors import ClusterError
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.launch import Launcher

TOUCH_AND_WAIT = "import pathlib, signal, sys; pathlib.Path(sys.argv[1]).touch(); signal.pause()"


@pytest.fixture
def launcher(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launcher]:
    """A launcher whose records lie outside /run, and whose processes end with the test."""
    monkeypatch.setattr(layout_module.Layout, "runtime", property(lambda _: tmp_path / "run"))
    layout.runtime.mkdir()
    layout.logs.mkdir(parents=True)
    launcher = Launcher(layout, Progress())
    yield launcher
    for name in launcher.running():
        launcher.stop(name, grace_seconds=5)


@pytest.fixture
def waiting(tmp_path: Path) -> Component:
    """A program that shows that it is ready by a file, and then waits."""
    sign = tmp_path / "ready"
    return Component(
        name="waiting",
        command=(sys.executable, "-c", TOUCH_AND_WAIT, str(sign)),
        is_ready=sign.exists,
        patience_seconds=30,
    )


def failing(program: str, patience_seconds: float = 30) -> Component:
    return Component(
        "failing", (sys.executable, "-c", program), is_ready=lambda: False, patience_seconds=patience_seconds
    )


def test_a_component_that_runs_is_not_started_again(launcher: Launcher, waiting: Component) -> None:
    launcher.ensure(waiting)
    pid = launcher.pid("waiting")
    assert pid is not None
    launcher.ensure(waiting)
    assert launcher.pid("waiting") == pid


def test_another_program_of_the_same_clone_recognises_it(
    launcher: Launcher, waiting: Component, layout: Layout
) -> None:
    launcher.ensure(waiting)
    assert Launcher(layout, Progress()).pid("waiting") == launcher.pid("waiting")


def test_a_component_that_is_dying_when_up_looks_is_started_again(
    launcher: Launcher, waiting: Component, tmp_path: Path
) -> None:
    launcher.ensure(waiting)
    pid = launcher.pid("waiting")
    assert pid is not None
    (tmp_path / "ready").unlink()

    def dies_when_asked() -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return waiting.is_ready()

    launcher.ensure(replace(waiting, is_ready=dies_when_asked))
    assert launcher.pid("waiting") not in (pid, None)


def test_changed_settings_start_it_again(launcher: Launcher, waiting: Component, tmp_path: Path) -> None:
    settings = tmp_path / "settings" / "waiting.toml"
    launcher.ensure(replace(waiting, configuration={settings: "old"}))
    pid = launcher.pid("waiting")
    launcher.ensure(replace(waiting, configuration={settings: "new"}))
    assert launcher.pid("waiting") not in (pid, None)
    assert settings.read_text() == "new"


def test_a_component_that_ends_shows_the_end_of_this_starts_log(launcher: Launcher) -> None:
    with pytest.raises(ClusterError, match="first failure"):
        launcher.ensure(failing("raise SystemExit('first failure')"))
    with pytest.raises(ClusterError) as caught:
        launcher.ensure(failing("raise SystemExit('cannot open the database')"))
    message = str(caught.value)
    assert "failing ended right after its start" in message
    assert "cannot open the database" in message
    assert "first failure" not in message
    assert launcher.running() == {}


def test_a_component_that_never_gets_ready_is_told_apart_from_one_that_ends(launcher: Launcher) -> None:
    with pytest.raises(ClusterError, match="is running but not ready after 0 s"):
        launcher.ensure(failing("import signal; signal.pause()", patience_seconds=0))


def test_what_a_killed_predecessor_left_is_removed_before_the_start(
    launcher: Launcher, waiting: Component, tmp_path: Path
) -> None:
    socket = tmp_path / "old.sock"
    socket.touch()
    launcher.ensure(replace(waiting, leftovers=(socket,)))
    assert not socket.exists()


def test_a_large_log_is_set_aside(
    launcher: Launcher, waiting: Component, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcluster.processes.launch.LOG_BYTES_KEPT", 3)
    launcher.log_path("waiting").write_text("long ago\n")
    launcher.ensure(waiting)
    assert launcher.log_path("waiting").with_suffix(".log.1").read_text() == "long ago\n"
    assert "long ago" not in launcher.log_path("waiting").read_text()


def test_stopping_what_does_not_run_is_no_error(launcher: Launcher) -> None:
    launcher.stop("absent", grace_seconds=0)
