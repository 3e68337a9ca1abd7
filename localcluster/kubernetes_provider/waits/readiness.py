"""Which wait an object gets (`awaiters` in awaiters.go, `ReadyCondition` in overrides.go)."""

import asyncio
from typing import Final

from endpoints.resource_plugin.reporting import Reporter

from ..annotations import WAIT_FOR, skips_wait, timeout_seconds
from ..api.cluster import Cluster
from ..api.informer import Informers
from ..failures import NotReadyError
from ..objects import GroupVersionKind, annotation_of, kind_of, title
from ..session import Session
from ..values import JsonObject
from .conditions import assessment
from .deployment import deployment_progress, wait_for_deployment
from .loop import wait_until_ready
from .polling import PolledObject
from .progress import Progress
from .simple_kinds import ASSESSMENTS, Assessment

_DEPLOYMENT: Final = GroupVersionKind("apps", "v1", "Deployment")


async def settle(
    session: Session, inputs: JsonObject, written: JsonObject, custom_timeout: float, reporter: Reporter
) -> tuple[JsonObject, NotReadyError | None]:
    """Wait as the inputs ask until the object, as written, is ready.

    Returns it as it is then and, if it is not ready, why. Whatever goes wrong here, the object exists: it
    must get into state, so nothing is raised. `custom_timeout` is the resource option in seconds, 0 when
    absent.
    """
    try:
        live = await _wait_for(
            await session.cluster(),
            await session.informers(),
            inputs,
            written,
            custom_timeout=custom_timeout,
            cancelled=session.cancelled,
            reporter=reporter,
        )
    except NotReadyError as error:
        return error.live, error
    except Exception as error:
        failure = f"{title(written)} was written, but waiting for it failed: {error or type(error).__name__}"
        return written, NotReadyError(failure, [], written)
    return live, None


async def _wait_for(
    cluster: Cluster,
    informers: Informers,
    inputs: JsonObject,
    written: JsonObject,
    *,
    custom_timeout: float,
    cancelled: asyncio.Event,
    reporter: Reporter,
) -> JsonObject:
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
