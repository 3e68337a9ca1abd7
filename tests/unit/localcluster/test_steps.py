import threading

import pytest

from localcluster.processes.steps import Step, run_steps


def test_a_step_starts_only_when_those_before_it_are_done() -> None:
    done: list[str] = []
    run_steps(
        [
            Step("api server", lambda: done.append("api server"), after=("etcd", "certificates")),
            Step("etcd", lambda: done.append("etcd"), after=("certificates",)),
            Step("certificates", lambda: done.append("certificates")),
        ]
    )
    assert done == ["certificates", "etcd", "api server"]


def test_steps_that_do_not_depend_on_each_other_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=10)
    run_steps([Step("build", meeting.wait), Step("download", meeting.wait)])
    assert not meeting.broken


def test_a_failure_keeps_later_steps_from_starting_and_waits_for_those_at_work() -> None:
    done: list[str] = []
    failing = threading.Event()

    def fail() -> None:
        failing.set()
        raise RuntimeError("no space left")

    def slow() -> None:
        failing.wait(10)
        done.append("slow")

    steps = [
        Step("bad", fail),
        Step("slow", slow),
        Step("after", lambda: done.append("after"), after=("slow", "bad")),
    ]
    with pytest.raises(RuntimeError, match="no space left"):
        run_steps(steps)
    assert done == ["slow"]


def test_a_step_that_waits_for_an_unknown_one_is_an_error_before_anything_runs() -> None:
    ran: list[str] = []
    steps = [Step("first", lambda: ran.append("first")), Step("second", lambda: None, after=("frist",))]
    with pytest.raises(ValueError, match="frist"):
        run_steps(steps)
    assert ran == []


def test_steps_that_wait_for_each_other_are_an_error() -> None:
    with pytest.raises(ValueError, match="cycle"):
        run_steps([Step("a", lambda: None, after=("b",)), Step("b", lambda: None, after=("a",))])
