"""A rollout is watched beside the engine: each reason is told once, and no failure of the watch is."""

import threading
from collections.abc import Callable, Iterable, Iterator

import pytest

from endpoints.errors import Problem
from endpoints.manifest import Definition
from endpoints.rollout import watch
from endpoints.rollout.troubles import ENDED, UNREADY, Trouble
from endpoints.rollout.watch import RolloutWatch

NAME = "acme/digits/production/1/greet"
PLACE = Definition("valohai.yaml", "greet", 2, {"resources": 6})
NO_CPU = Trouble("greet-1", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")
STILL_NO_CPU = Trouble("greet-1", "Unschedulable", "0/2 nodes are available: 2 Insufficient cpu.")
NO_IMAGE = Trouble("greet-2", "ErrImagePull", "greet:1: not found")

Watched = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def looks_follow_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_SECONDS", 0.001)


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Watch until every look was taken; each sees the next troubles, and a look may raise."""
    begun: list[RolloutWatch] = []

    def run(*looks: Iterable[Trouble] | Exception) -> list[str]:
        left, told, done = list(looks), list[str](), threading.Event()

        def look() -> Iterable[Trouble]:
            if not left:
                done.set()
                return ()
            seen = left.pop(0)
            if isinstance(seen, Exception):
                done.set()
                raise seen
            return seen

        begun.append(RolloutWatch(NAME, PLACE, look))
        begun[-1].begin(told.append)
        assert done.wait(10)
        begun[-1].end()
        return told

    yield run
    for each in begun:
        each.end()


def test_a_rollout_without_troubles_is_quiet(watched: Watched) -> None:
    assert watched([], [], []) == []


def test_a_reason_is_told_in_the_schedulers_words_with_remedy_and_place(watched: Watched) -> None:
    assert watched([NO_CPU]) == [
        "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu; request less, remove other "
        "pods, or add a larger node (valohai.yaml:6: greet.resources.cpu)"
    ]


def test_each_reason_is_told_once_though_numbers_in_it_change(watched: Watched) -> None:
    told = watched([NO_CPU], [STILL_NO_CPU, NO_IMAGE], [NO_CPU, NO_IMAGE])
    assert ["Insufficient cpu" in text for text in told] == [True, False]


def test_a_look_that_fails_is_the_last() -> None:
    def look() -> Iterable[Trouble]:
        raise OSError("no route to host")

    before = set(threading.enumerate())
    RolloutWatch(NAME, PLACE, look).begin(lambda _: None)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def test_a_model_that_takes_its_time_to_load_is_not_told_at_first(watched: Watched) -> None:
    unready = Trouble("greet-1", UNREADY, "runs but is not ready: Startup probe failed")
    assert watched([unready], [unready]) == []


def test_a_server_that_is_not_ready_for_long_is_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(watch.PATIENCE_SECONDS, UNREADY, 0.0)
    unready = Trouble("greet-1", UNREADY, "runs but is not ready: Startup probe failed")
    (told,) = watched([unready], [unready])
    assert told.startswith(
        "runs but is not ready: Startup probe failed; check that the server listens on this port"
    )
    assert told.endswith("(valohai.yaml:2: greet.port)")


def test_a_look_that_fails_ends_the_watch_in_silence(watched: Watched) -> None:
    assert watched(OSError("no route to host"), [NO_CPU]) == []


def test_a_failed_rollout_has_its_reasons_without_repeating_them() -> None:
    rollout = RolloutWatch(NAME, PLACE, lambda: [NO_CPU, NO_CPU])
    (reason,) = rollout.reasons()
    assert str(reason).startswith(f"valohai.yaml:6: greet.resources.cpu: {NAME} got no ready pods: Unsched")


def test_what_a_server_ended_with_is_told_at_its_key() -> None:
    place = Definition("valohai.yaml", "greet", 2, {"wsgi": 5, "resources": 6})
    ended = Trouble("greet-1", ENDED, "ended with 1: ModuleNotFoundError: flask")
    killed = Trouble(
        "greet-2", ENDED, "ended with 137 (OOMKilled); raise resources.memory.max in valohai.yaml"
    )
    reasons = [str(reason) for reason in RolloutWatch(NAME, place, lambda: [ended, killed]).reasons()]
    assert [reason.partition(f": {NAME}")[0] for reason in reasons] == [
        "valohai.yaml:5: greet.wsgi",
        "valohai.yaml:6: greet.resources.memory.max",
    ]


def test_reasons_that_cannot_be_had_are_none() -> None:
    def fail() -> Iterable[Trouble]:
        raise OSError

    assert RolloutWatch(NAME, PLACE, fail).reasons() == []


FINAL = Trouble("greet-1", ENDED, "ended with 4: There is no module 'predict'", is_final=True)


@pytest.mark.parametrize("has_launcher", [True, False])
def test_a_rollout_is_given_up_when_the_launcher_can_never_start(has_launcher: bool) -> None:
    given_up, done = list[str](), threading.Event()
    watched = RolloutWatch(NAME, PLACE, lambda: [FINAL], has_launcher)

    def tell(_: str) -> None:
        done.set()

    def give_up(problem: Problem) -> None:
        given_up.append(str(problem))
        done.set()

    watched.begin(tell, give_up)
    assert done.wait(10)
    watched.end()
    said = "got no ready pods: ended with 4: There is no module 'predict'"
    assert [said in text for text in given_up] == [True] * has_launcher
