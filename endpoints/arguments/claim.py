"""Arguments of what tells whose a deployment's objects are."""

from collections.abc import Collection
from typing import Final

from endpoints.arguments.cluster_connection import cluster_connection_arguments
from endpoints.errors import Problem
from endpoints.resources.claim import ClaimArgs, PlaceArgs
from endpoints.target import Cluster

IF_TAKEN: Final = {"enforce": "error", "advise": "advice", "off": "ignored"}
"""What the stack's `preflight` means for objects that are there already."""


def claim_arguments(
    taken: Problem, if_taken: str, stack: str, own: Collection[str], cluster: Cluster
) -> ClaimArgs:
    """Return whose the objects of a deployment are: those of `stack`.

    `taken` tells where the deployment is listed, and its text is not read. `own` are the uids of what the
    stack's state holds.
    """
    place: PlaceArgs = {"file": taken.file, "key": taken.key}
    if taken.line is not None:
        place["line"] = taken.line
    return {
        "stack": stack,
        "if_taken": if_taken,
        "own": list(own),
        "connection": cluster_connection_arguments(cluster),
        "place": place,
    }
