"""Watches one rollout beside the engine, and tells each reason for which it waits once."""

import contextvars
import threading
import time
from collections.abc import Callable, Iterable

from endpoints.errors import Problem
from endpoints.manifest import Definition
from endpoints.rollout.remedies import SERVER, Remedy, distinct, remedy
from endpoints.rollout.troubles import UNREADY, Trouble

LOOK_EVERY_SECONDS = 5.0
"""Also how long it is before the first look: most pods are ready by then, and nothing is asked about them."""

PATIENCE_SECONDS = {UNREADY: 60.0, "FailedMount": 30.0, "FailedAttachVolume": 30.0}
"""How long what belongs to many a good start may last before it is told: a model that is loaded while the
probe fails, a volume that is still at another node."""

Look = Callable[[], Iterable[Trouble]]
Tell = Callable[[str], None]


class RolloutWatch:
    """A rollout of the endpoint `name`, the address without the leading slash.

    `look` sees what keeps its pods; whatever goes wrong with that ends the watch, in silence: it must not
    make an update fail that would succeed without. `has_launcher` tells that the pods run the launcher of
    `wsgi`, whose exit codes tell that no restart will help.
    """

    def __init__(self, name: str, definition: Definition, look: Look, has_launcher: bool = False) -> None:
        self._name = name
        self._definition = definition
        self._look = look
        self._has_launcher = has_launcher
        self._ended = threading.Event()

    def begin(self, tell: Tell, give_up: Callable[[Problem], None] = lambda _: None) -> None:
        """Look from time to time until the rollout ends; both functions are called in a thread of their own.

        What `tell` is told begins with what the cluster says: the engine cuts lines to the terminal's width.
        `give_up` is called, last of all, with the reason for which the rollout can never succeed.
        """
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._watch, tell, give_up), daemon=True).start()

    def end(self) -> None:
        """Stop looking: the pods are ready, or it was waited for them long enough."""
        self._ended.set()

    def reasons(self) -> list[Problem]:
        """Look now, and return why the pods are not ready."""
        return list(dict.fromkeys(self._problem(trouble) for trouble in self._see()))

    def _watch(self, tell: Tell, give_up: Callable[[Problem], None]) -> None:
        first_seen: dict[Remedy, float] = {}
        told: set[Remedy] = set()
        while not self._ended.wait(LOOK_EVERY_SECONDS):
            now = time.monotonic()
            for trouble in self._see():
                if self._has_launcher and trouble.is_final and not self._ended.is_set():
                    self.end()
                    give_up(self._problem(trouble))
                    return
                # Numbers of nodes and of back-offs change from look to look; what is to be done does not.
                reason = remedy(trouble, self._name)
                patience = PATIENCE_SECONDS.get(trouble.reason, 0)
                if now - first_seen.setdefault(reason, now) < patience or reason in told:
                    continue
                if not self._ended.is_set():
                    told.add(reason)
                    tell(f"{_said(trouble)}; {reason.text} ({self._problem(trouble).place})")

    def _see(self) -> list[Trouble]:
        try:
            return distinct(self._look())
        except Exception:
            self.end()
            return []

    def _problem(self, trouble: Trouble) -> Problem:
        found = remedy(trouble, self._name)
        text = f"{self._name} got no ready pods: {_said(trouble)}; {found.text}"
        key = found.key
        if key == SERVER:
            key = next(
                (name for name in ("wsgi", "server-command") if name in self._definition.key_lines), ""
            )
        return self._definition.problem(key, text)


def _said(trouble: Trouble) -> str:
    """Return what the cluster says, as a part of a sentence."""
    return trouble.what.rstrip(".")
