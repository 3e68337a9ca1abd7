"""Waiting for one object by asking for it again and again, ever less often."""

import asyncio
from typing import Final

from ..api.cluster import Cluster
from ..api.errors import ApiError, ClusterUnreachableError
from ..objects import kind_of, name_of, namespace_of
from ..values import JsonObject
from .explanation import explain
from .progress import Problem, Progress
from .simple_kinds import Assessment

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 2.0


class PolledObject:
    """An object that is asked for until it is ready (the protocol `Watched`)."""

    def __init__(self, cluster: Cluster, written: JsonObject, assess: Assessment) -> None:
        """Take the object as written, and the rule that judges it."""
        self._cluster = cluster
        self._live = written
        self._assess = assess
        self._pause = _FIRST_PAUSE_SECONDS
        self._is_gone = False

    def progress(self) -> Progress:
        """Judge the object as last seen."""
        if self._is_gone:
            return Progress(False, self._live, "it was deleted by someone else", failed=True)
        return self._assess(self._live)

    async def change(self, timeout_seconds: float) -> None:
        """Wait a little, then ask again. An API server that does not answer is asked again later."""
        await asyncio.sleep(min(self._pause, timeout_seconds))
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        live = self._live
        try:
            self._live = await self._cluster.get(kind_of(live), namespace_of(live), name_of(live))
        except ApiError as error:
            self._is_gone = error.is_not_found
        except ClusterUnreachableError:
            return

    async def hint(self, problem: Problem) -> str:
        """Return the problem's own line."""
        return problem.summary

    async def reasons(self, progress: Progress) -> list[str]:
        """Return the problems, with logs where the object is a pod."""
        return await explain(self._cluster, namespace_of(self._live), progress.problems, [])
