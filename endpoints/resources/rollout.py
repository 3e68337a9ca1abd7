"""Telling what an endpoint's pods wait for, while the engine waits for them."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TypedDict

import pulumi

from endpoints.cluster.api import Api
from endpoints.manifest import Definition
from endpoints.resources.cluster_connection import ClusterConnectionArgs, connect
from endpoints.resources.identity import IdentityArgs
from endpoints.resources.own_thread import in_own_thread
from endpoints.rollout.troubles import Trouble, look
from endpoints.rollout.watch import RolloutWatch


class DefinitionArgs(TypedDict):
    """The place of the endpoint in a valohai.yaml."""

    file: str
    """The name that messages use for the manifest."""
    name: str
    """The endpoint's name there."""
    line: int
    """The line of its item."""
    key_lines: dict[str, int]
    """The lines of its keys."""


class RolloutArgs(TypedDict):
    """What it takes to tell why pods are not ready."""

    connection: ClusterConnectionArgs
    """Where to look."""
    definition: DefinitionArgs
    """Where what there is to mend stands."""


def announced_rollout(
    name: str, identity: IdentityArgs, args: RolloutArgs, endpoint: pulumi.Resource
) -> pulumi.ResourceHookBinding:
    """Watch each creation and update of the workload, and tell with ``endpoint`` why its pods are not ready.

    Nothing is asked where nothing changes, nor in previews. What is told while it may pass by itself is
    ephemeral: it leaves no trace once the pods are ready.
    """
    place = args["definition"]
    watches: list[RolloutWatch] = []

    def see() -> Iterator[Trouble]:
        api = Api(connect(args["connection"]))
        return look(api, identity["namespace"], identity["object_name"], identity["selector"])

    def new_watch() -> RolloutWatch:
        return RolloutWatch(
            name, Definition(place["file"], place["name"], place["line"], place["key_lines"]), see
        )

    def begin(_: pulumi.ResourceHookArgs) -> None:
        loop = asyncio.get_running_loop()

        def warn(text: str) -> None:
            # The loop is closed once the program has ended.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: pulumi.log.warn(text, endpoint, ephemeral=True))

        watches.append(new_watch())
        watches[-1].begin(warn)

    def end(_: pulumi.ResourceHookArgs) -> None:
        for watch in watches:
            watch.end()

    async def explain(failure: pulumi.ErrorHookArgs) -> bool:
        for watch in watches:
            watch.end()
        if failure.failed_operation != "delete":
            for problem in await in_own_thread(new_watch().reasons):
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
