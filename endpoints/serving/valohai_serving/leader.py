"""A pool thread that polls and answers short requests by itself, watched by the worker's main thread."""

import queue
import threading
import time
from concurrent import futures
from pathlib import Path
from typing import Any, NamedTuple, Optional

PATIENCE_SECONDS = 0.005
"""How long a request may take, up to twice, before the main thread polls in the leader's stead: so much
longer do others wait for the first long one. Threads that compute in Python wait as long for each other."""

COMPUTING_PATIENCE_SECONDS = 0.05
"""How much CPU time it may use. Beside it another request of this worker would make both slower; but health
checks and shorter requests do not wait for longer than this."""

_QUIET_SECONDS = 0.1
"""Without a request for that long, and before the first, the main thread sleeps until there is one."""

_ENDED = object()
_BEGUN = object()


class _Look(NamedTuple):
    """What the main thread sees: requests begun, the time, the CPU time of the process and of the leader."""

    answered: int
    time: float
    used: float
    computed: float


class Leader:
    """Polls a worker's connections in its main thread's stead, and answers on them what it finds.

    gunicorn's main thread hands every request to a thread of the pool and gets every connection back: two
    changes of threads, which cost a short request as much as gunicorn's part of the answer, and more between
    two cores. A leader needs neither. But while it answers, nobody polls: the main thread watches, and polls
    itself as soon as a request takes long. The leader is then a thread with a request, like any other.

    The worker's poller, its connections and their counts belong to the leader from `lead`'s begin to its end
    or until it is relieved, whichever is first; to the main thread at every other time.
    """

    def __init__(self, worker: Any) -> None:
        self.worker = worker
        self.answered = 0
        self.seconds = 0.0
        self.relieved = False
        self._connection: Optional[Any] = None
        self._lock = threading.Lock()
        self._news: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._watcher_sleeps = True
        self._thread = 0
        self._clock: Optional[int] = None

    def lead(self, seconds: float) -> None:
        """Poll and answer for that long, or until the worker wants its poller back; called in the pool."""
        self._thread = threading.get_native_id()
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        end = time.monotonic() + seconds
        try:
            while self.worker.can_be_led(self):
                left = end - time.monotonic()
                if left <= 0:
                    return
                for key, _ in self.worker.poller.select(left):
                    key.data(key.fileobj)
                    if self.relieved:
                        return
        finally:
            self._news.put(_ENDED)

    def answer(self, connection: Any) -> None:
        """Answer the request that has come on a connection kept open.

        The connection stays with the poller: nobody polls before it is answered, or taken out by `watch`.
        """
        self._connection = connection
        self.answered += 1
        if self._watcher_sleeps:
            self._watcher_sleeps = False
            self._news.put(_BEGUN)
        begin = time.monotonic()
        keep, error = False, None
        try:
            keep = self.worker.handle(connection)
        except BaseException as raised:
            # For the main thread, as from any other thread of the pool.
            error = raised
        with self._lock:
            self._connection = None
        if self.relieved:
            self.worker.method_queue.defer(self.worker.finish_request, connection, _outcome(keep, error))
            return
        self.seconds += time.monotonic() - begin
        if keep is not True or not self.worker.keep(connection):
            self.worker.take_back(connection)
            self.worker.finish_request(connection, _outcome(keep, error))

    def watch(self) -> None:
        """Return when the leader has ended, or has been relieved of the poller; called in the main thread."""
        # Other than any look, so that the first one only begins to count, whatever the leader does by then.
        begin = now = _Look(-1, 0.0, 0.0, 0.0)
        while True:
            try:
                if self._news.get(timeout=None if self._watcher_sleeps else PATIENCE_SECONDS) is _ENDED:
                    return
            except queue.Empty:
                pass
            before, now = now, self._look()
            if now.answered != begin.answered:
                begin = now
            elif self._connection is None:
                self._watcher_sleeps = now.time - begin.time > _QUIET_SECONDS
                if self.answered != begin.answered:
                    # Begun before it could see that it has to wake this thread.
                    self._watcher_sleeps = False
            elif self._is_long(begin, before, now) and self._relieve(begin.answered):
                return

    def _look(self) -> _Look:
        computed = 0.0 if self._clock is None else time.clock_gettime(self._clock)
        return _Look(self.answered, time.monotonic(), time.process_time(), computed)

    def _is_long(self, begin: _Look, before: _Look, now: _Look) -> bool:
        """Judge the request that was there at the look before, and at `begin` for the first time."""
        if now.computed - begin.computed >= COMPUTING_PATIENCE_SECONDS:
            return True
        elapsed = now.time - before.time
        # Where Linux throttles the container, the leader did not run either.
        was_stopped = elapsed > 2 * PATIENCE_SECONDS and now.used - before.used < elapsed / 2
        return not was_stopped and not self._is_computing()

    def _is_computing(self) -> bool:
        """Return whether the leader's thread runs, or would if there were a CPU for it."""
        status = Path(f"/proc/self/task/{self._thread}/stat").read_text(encoding="ascii", errors="replace")
        # proc(5): the state follows the name in brackets, which may hold any character.
        return status.rpartition(")")[2].split()[0] == "R"

    def _relieve(self, seen: int) -> bool:
        with self._lock:
            connection = self._connection
            if connection is None or self.answered != seen:
                return False
            self.relieved = True
        self.worker.take_back(connection)
        return True


def _outcome(keep: object, error: Optional[BaseException]) -> "futures.Future[object]":
    outcome: futures.Future[object] = futures.Future()
    if error is None:
        outcome.set_result(keep)
    else:
        outcome.set_exception(error)
    return outcome
