"""What hooks of an update share: a connection to the API server, and a thread of their own to wait in."""

import asyncio
import contextvars
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

import pulumi

from endpoints.cluster.api import Api
from endpoints.cluster.connection import open_connection
from endpoints.cluster.ownership import TAKE_BACK
from endpoints.target import Cluster

Result = TypeVar("Result")


@cache
def connect(cluster: Cluster) -> Api:
    """Return the client of the cluster's API server, which any number of threads may use.

    Hooks of one cluster share it until the program ends: many kubeconfigs run a program for each connection,
    to log in. Raises ProjectError for a kubeconfig that cannot be used.
    """
    # The program's directory is that of Pulumi.yaml.
    return Api(open_connection(cluster.kubeconfig, cluster.context, Path.cwd(), os.environ))


async def in_own_thread(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, and let everything else go on meanwhile.

    The SDK's threads will not do: each registration that waits for the engine holds one of them, so that
    hooks of as many resources as there are threads would wait for each other for ever.
    """
    thread = ThreadPoolExecutor(1)
    try:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(thread, context.run, work)
    finally:
        thread.shutdown(wait=False)


def when_it_fails(name: str, text: str) -> pulumi.ResourceHookBinding:
    """Show ``text`` beside the engine's own error when the resource ``name`` cannot be created or updated.

    Nothing is tried again.
    """

    def tell(failure: pulumi.ErrorHookArgs) -> bool:
        if failure.failed_operation != "delete":
            pulumi.log.error(text)
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"remedy for {name}", tell)])


_CONFLICT = re.compile(r"conflicts? with")
"""How the API server says that a field has another manager."""


def explain_conflicts() -> None:
    """Tell what to do where an object of this program cannot be set because somebody else has edited it."""

    def tell(failure: pulumi.ErrorHookArgs) -> bool:
        if failure.failed_operation == "update" and any(map(_CONFLICT.search, failure.errors)):
            pulumi.log.error(
                f"{failure.type} {failure.name}: somebody has edited this object since the last update. To "
                f"replace the edit by what the stack file says, run `{TAKE_BACK}`. To keep it, put the same "
                "value into the stack file or valohai.yaml."
            )
        return False

    hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook("field conflicts", tell)])

    def explained(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("kubernetes:"):
            return None
        merged = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=hooks))
        return pulumi.ResourceTransformationResult(args.props, merged)

    pulumi.runtime.register_stack_transformation(explained)
