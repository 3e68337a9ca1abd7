"""Telling what an endpoint's pods wait for, while the engine waits for them."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from functools import cache

import pulumi

from endpoints.errors import Problem
from endpoints.plan import EndpointPlan
from endpoints.resources.hooks import connect, in_own_thread
from endpoints.rollout.interruption import OpenRollouts, interrupt_engine
from endpoints.rollout.look import look
from endpoints.rollout.troubles import Trouble
from endpoints.rollout.watch import RolloutWatch
from endpoints.target import Target


@cache
def _open_rollouts() -> OpenRollouts:
    """Return what all endpoints of this program's one update share."""
    return OpenRollouts(interrupt_engine)


def announced_rollout(
    name: str, plan: EndpointPlan, target: Target, endpoint: pulumi.Resource
) -> pulumi.ResourceHookBinding:
    """Watch each creation and update of the workload, and tell with ``endpoint`` why its pods are not ready.

    Nothing is asked where nothing changes, nor in previews. What is told while it may pass by itself is
    ephemeral: it leaves no trace once the pods are ready. An update ends at once when no pod that it waits
    for can ever become ready.
    """
    address = plan.address
    watches: list[RolloutWatch] = []
    told: list[Problem] = []

    def see() -> Iterator[Trouble]:
        return look(connect(target.cluster), address.namespace, address.object_name, address.selector)

    def new_watch() -> RolloutWatch:
        # Only the server of `wsgi` has a port for health alone.
        return RolloutWatch(name, plan.definition, see, has_launcher=plan.health_port is not None)

    def begin(_: pulumi.ResourceHookArgs) -> None:
        loop = asyncio.get_running_loop()

        def soon(work: Callable[[], object]) -> None:
            # The loop is closed once the program has ended.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(work)

        def give_up(problem: Problem) -> None:
            told.append(problem)
            soon(lambda: pulumi.log.error(str(problem), endpoint))
            soon(lambda: _open_rollouts().give_up(name))

        _open_rollouts().begin(name)
        watches.append(new_watch())
        watches[-1].begin(lambda text: soon(lambda: pulumi.log.warn(text, endpoint, ephemeral=True)), give_up)

    def end(_: pulumi.ResourceHookArgs) -> None:
        for watch in watches:
            watch.end()
        _open_rollouts().end(name)

    async def explain(failure: pulumi.ErrorHookArgs) -> bool:
        for watch in watches:
            watch.end()
        _open_rollouts().end(name)
        if failure.failed_operation != "delete":
            for problem in await in_own_thread(new_watch().reasons):
                if problem not in told:
                    pulumi.log.error(str(problem), endpoint)
        return False

    lenient = pulumi.ResourceHookOptions(ignore_errors=True)
    before = pulumi.ResourceHook(f"rollout of {name} begins", begin, lenient)
    after = pulumi.ResourceHook(f"rollout of {name} ends", end, lenient)
    return pulumi.ResourceHookBinding(
        before_create=[before],
        before_update=[before],
        after_create=[after],
        after_update=[after],
        on_error=[pulumi.ErrorHook(f"rollout of {name} fails", explain)],
    )
