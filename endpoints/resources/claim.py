"""Finding out in a preview that somebody else has what a stack is about to make.

Only the engine knows what is in the stack's state: it calls the hook for what it will create, and for nothing
else.
"""

import os
from collections.abc import Callable
from typing import NotRequired, TypedDict

import pulumi

from endpoints.cluster.api import Api, Objects
from endpoints.cluster.ownership import STACK_ANNOTATION, is_adopting, owner, taken
from endpoints.errors import Problem, ProjectError
from endpoints.resources.cluster_connection import ClusterConnectionArgs, connect
from endpoints.resources.own_thread import in_own_thread


class PlaceArgs(TypedDict):
    """Where the stack file lists a deployment."""

    file: str
    """The stack file."""
    line: NotRequired[int]
    """The line; absent where there is no file."""
    key: str
    """The key."""


class ClaimArgs(TypedDict):
    """Which stack makes the deployment's objects, and what becomes of those that are there already."""

    stack: str
    """The stack, ``<organization>/<project>/<stack>``."""
    if_taken: str
    """What an object is that is there already: ``error``, ``advice``, or ``ignored``."""
    own: list[str]
    """The uids of objects that the stack's state holds: it may be about to replace them."""
    connection: ClusterConnectionArgs
    """Where to look."""
    place: PlaceArgs
    """Where the deployment is listed."""


def claimed(args: ClaimArgs) -> dict[str, str]:
    """Return the annotations that tell whose an object is."""
    return {STACK_ANNOTATION: args["stack"]}


def claim(
    name: str,
    what: str,
    path: str,
    args: ClaimArgs,
    say: Callable[[str, str, str | None], str] = taken,
) -> pulumi.ResourceHookBinding | None:
    """Look, in previews as well, for the object of the resource called ``name`` before it is made.

    ``what`` it is called in messages, ``path`` in the API. One that this very stack has and replaces is no
    concern, nor is one that this update is told to take over. ``say`` is given ``what``, the stack that is
    about to make it and the one that has made it, if that is known.

    Pulumi's plugin refuses objects that are there already from version 4.29 on. An older one takes them over
    without a word.
    """
    if args["if_taken"] == "ignored":
        return None

    def find() -> Objects:
        return Api(connect(args["connection"])).find(path)

    async def look(_: pulumi.ResourceHookArgs) -> None:
        if is_adopting(os.environ):
            return
        found = await in_own_thread(find)
        if not found or found[0]["metadata"]["uid"] in args["own"]:
            return
        place = args["place"]
        text = say(what, args["stack"], owner(found[0]))
        problem = Problem(place["file"], place.get("line"), place["key"], text)
        if args["if_taken"] == "error":
            raise ProjectError(problem)
        pulumi.log.warn(str(problem))

    hook = pulumi.ResourceHook(f"claim of {name}", look, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_create=[hook])


def claim_namespace(
    name: str,
    namespace: str,
    args: ClaimArgs,
    say: Callable[[str, str, str | None], str] = taken,
) -> pulumi.ResourceHookBinding | None:
    """Look for the namespace of the resource called ``name``, as ``claim`` does."""
    return claim(name, f"the namespace {namespace}", f"/api/v1/namespaces/{namespace}", args, say)
