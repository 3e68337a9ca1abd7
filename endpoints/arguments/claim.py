"""Arguments of what tells whose a deployment's objects are."""

from collections.abc import Collection
from typing import Final

from endpoints.arguments.cluster_connection import cluster_connection_arguments
from endpoints.components.claim import ClaimArgs, PlaceArgs
from endpoints.settings import Settings
from endpoints.targets import Target

_IF_TAKEN: Final = {"enforce": "error", "advise": "advice", "off": "ignored"}
"""What the stack's `preflight` means for objects that are there already."""


def claim_arguments(
    settings: Settings, index: int, stack: str, own: Collection[str], target: Target
) -> ClaimArgs:
    """Return whose the objects of the deployment at `index` are: those of `stack`.

    `own` are the uids of what its state holds.
    """
    problem = settings.problem(("deployments", index), "")
    place: PlaceArgs = {"file": problem.file, "key": problem.key}
    if problem.line is not None:
        place["line"] = problem.line
    return {
        "stack": stack,
        "if_taken": _IF_TAKEN[settings.preflight],
        "own": list(own),
        "connection": cluster_connection_arguments(target.cluster),
        "place": place,
    }
