"""Which wait an object gets (`awaiters` in awaiters.go, `ReadyCondition` in overrides.go)."""

import asyncio
from typing import Final

from ..annotations import WAIT_FOR, skips_wait, timeout_seconds
from ..api.cluster import Cluster
from ..api.informer import Informers
from ..objects import GroupVersionKind, annotation_of, kind_of
from ..reporting import Reporter
from ..values import JsonObject
from .conditions import assessment
from .deployment import deployment_progress, wait_for_deployment
from .loop import wait_until_ready
from .polling import PolledObject
from .progress import Progress
from .simple_kinds import ASSESSMENTS, Assessment

_DEPLOYMENT: Final = GroupVersionKind("apps", "v1", "Deployment")


async def wait_for(
    cluster: Cluster,
    informers: Informers,
    inputs: JsonObject,
    written: JsonObject,
    *,
    custom_timeout: float,
    cancelled: asyncio.Event,
    reporter: Reporter,
) -> JsonObject:
    """Wait as the inputs ask until the object, as written, is ready; return it as it is then.

    `custom_timeout` is the resource option in seconds, 0 when absent. Raises NotReadyError.
    """
    if skips_wait(inputs):
        return written
    timeout = timeout_seconds(custom_timeout, inputs)
    live = written
    if kind_of(written) == _DEPLOYMENT:
        live = await wait_for_deployment(
            cluster, informers, written, timeout_seconds=timeout, cancelled=cancelled, reporter=reporter
        )
    for assess in _assessments(inputs, written):
        polled = PolledObject(cluster, live, assess)
        progress = await wait_until_ready(
            polled, timeout_seconds=timeout, cancelled=cancelled, reporter=reporter
        )
        live = progress.live
    return live


async def current_progress(
    cluster: Cluster, inputs: JsonObject, live: JsonObject
) -> tuple[Progress, list[str]]:
    """Return how far a live object is at this moment and, if it is not ready, the reasons (`awaitRead`)."""
    if skips_wait(inputs):
        return Progress(True, live, ""), []
    if kind_of(live) == _DEPLOYMENT:
        progress, reasons = await deployment_progress(cluster, live)
        if not progress.ready:
            return progress, reasons
    for assess in _assessments(inputs, live):
        progress = assess(live)
        if not progress.ready:
            return progress, [problem.summary for problem in progress.problems]
    return Progress(True, live, ""), []


def _assessments(inputs: JsonObject, live: JsonObject) -> list[Assessment]:
    found = [ASSESSMENTS[kind_of(live)]] if kind_of(live) in ASSESSMENTS else []
    wanted = annotation_of(inputs, WAIT_FOR)
    return [*found, assessment(wanted)] if wanted else found
