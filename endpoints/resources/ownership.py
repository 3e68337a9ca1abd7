"""Finds out, in previews as well, that an object which a stack is about to create has another owner.

Only the engine knows what is in the stack's state: it calls the hook for what it will create, and for nothing
else.
"""

import os
from collections.abc import Callable
from dataclasses import replace

import pulumi

from endpoints.cluster.api import Objects
from endpoints.cluster.ownership import is_adopting, owner, taken
from endpoints.errors import Problem, ProjectError
from endpoints.resources.hooks import connect, in_own_thread
from endpoints.target import Target

Say = Callable[[str, str, str | None], str]
"""Makes a sentence of what an object is called, the stack that is about to make it, and the one that has made
it, if that is known."""


def unless_taken(
    name: str, what: str, path: str, listed: Problem, target: Target, say: Say = taken
) -> pulumi.ResourceHookBinding | None:
    """Look for the object of the resource called ``name`` before it is made.

    ``what`` it is called in messages, ``path`` in the API; ``listed`` is where the stack file asks for it.
    One that this very stack has and replaces is no concern, nor is one that this update is told to take over.
    The stack's ``preflight`` decides whether others are an error, advice or nothing.

    Pulumi's plugin refuses objects that are there already from version 4.29 on. An older one takes them over
    without a word.
    """
    ownership = target.ownership
    if ownership is None or ownership.preflight == "off":
        return None

    def find() -> Objects:
        return connect(target.cluster).find(path)

    async def look(_: pulumi.ResourceHookArgs) -> None:
        if is_adopting(os.environ):
            return
        found = await in_own_thread(find)
        if not found or found[0]["metadata"]["uid"] in ownership.uids:
            return
        problem = replace(listed, text=say(what, ownership.stack, owner(found[0])))
        if ownership.preflight == "enforce":
            raise ProjectError(problem)
        pulumi.log.warn(str(problem))

    hook = pulumi.ResourceHook(f"claim of {name}", look, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_create=[hook])


def unless_namespace_is_taken(
    name: str, namespace: str, listed: Problem, target: Target, say: Say = taken
) -> pulumi.ResourceHookBinding | None:
    """Look for the namespace of the resource called ``name``, as ``unless_taken`` does."""
    path = f"/api/v1/namespaces/{namespace}"
    return unless_taken(name, f"the namespace {namespace}", path, listed, target, say)
