"""Whose the objects are that deployments of several stacks would share."""

from collections.abc import Mapping
from typing import Any

STACK_ANNOTATION = "valohai.com/stack"
"""Names the stack that made an object: `<organization>/<project>/<stack>` in Pulumi's terms."""

BY_PULUMI = {"app.kubernetes.io/managed-by": "pulumi"}
"""Label of every object that this program makes."""

ADOPTING = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"
"""The variable by which an update takes over what is there already.

Pulumi's plugin goes by it from version 4.29 on, and this program with every version.
"""

TAKE_BACK = "PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up"
"""The command that sets fields which somebody else has set since."""


def is_adopting(environment: Mapping[str, str]) -> bool:
    """Tell whether this update is to take over what is there; `1` and `true` are what the plugin goes by."""
    return environment.get(ADOPTING, "").lower() in ("1", "true")


def owner(found: Mapping[str, Any]) -> str | None:
    """Return the stack that made an object; None where it does not say."""
    name = (found["metadata"].get("annotations") or {}).get(STACK_ANNOTATION)
    return None if name is None else str(name)


def taken(what: str, stack: str, made_by: str | None) -> str:
    """Say that an object, `what`, is there which `stack` is about to make, and what to do."""
    there, adopt = f"{what} already exists", f"{ADOPTING}=true pulumi up"
    if made_by == stack:
        return (
            f"{there}. If an interrupted update of this stack made it, take it over once by "
            f"`{adopt}`. A stack of the same name with another state may also have created it; then "
            "only one of the two stacks may deploy it"
        )
    if made_by is not None:
        return (
            f"{there} and belongs to the stack {made_by}; remove the deployment from one of the two, or give "
            "it another name here"
        )
    return (
        f"{there}, and this stack did not create it; remove the deployment from the stack that did, "
        f"or give it another name here. To take the object over, run `{adopt}` once"
    )
