"""How far an object is on its way to ready, and what stands in its way."""

from dataclasses import dataclass

from ..values import JsonObject


@dataclass(frozen=True)
class Problem:
    """Something that keeps an object from becoming ready; it may still pass."""

    summary: str
    """One line: what and why, with the reason the cluster gives."""

    pod: str = ""
    """Name of the pod that has the problem; empty where it is not about a pod."""

    container: str = ""
    """Name of the container whose log may explain it."""

    crashed: bool = False
    """Whether the container ended by itself, so that its log says why."""

    last_words: str = ""
    """The termination message of a container that crashed; often the end of its log, several lines long."""


@dataclass(frozen=True)
class Progress:
    """The state of a wait at one moment."""

    ready: bool
    live: JsonObject
    message: str
    """What is waited for, in one line."""

    problems: tuple[Problem, ...] = ()

    failed: bool = False
    """Whether it can never become ready, so that waiting on is pointless; `message` says why."""
