"""The API server's refusals in words that say what to do."""

from .api.errors import ApiError, ClusterUnreachableError
from .failures import UserError
from .objects import field, mapping, title
from .values import JsonObject


def already_exists(inputs: JsonObject) -> UserError:
    """Return the error for an object that is in the cluster already but not in this stack's state."""
    return UserError(
        f"{title(inputs)} already exists in the cluster, but not in this stack. If an interrupted update of "
        "this stack created it, run the update once with the environment variable "
        "PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true. Otherwise choose another metadata.name, or adopt the "
        "object with `pulumi import`"
    )


def refused(inputs: JsonObject, doing: str, error: ApiError) -> UserError:
    """Return the error for a refused request; `doing` completes "cannot": create, update, delete."""
    if error.is_conflict and error.field_conflicts:
        return _field_conflict(inputs, error)
    return UserError(f"cannot {doing} {title(inputs)}: {error.message}{_causes(error)}")


def vanished(inputs: JsonObject) -> UserError:
    """Return the error for an object that is in state but no longer in the cluster."""
    return UserError(
        f"cannot update {title(inputs)}: it is no longer in the cluster; run `pulumi refresh` first"
    )


def out_of_reach(error: ClusterUnreachableError) -> UserError:
    """Return the error for objects of a cluster that does not answer."""
    return UserError(
        f"{error}. If the cluster is gone for good, run the operation with the environment variable "
        "PULUMI_K8S_DELETE_UNREACHABLE=true to drop its objects from state"
    )


def _field_conflict(inputs: JsonObject, error: ApiError) -> UserError:
    lines = "\n".join(f"    {path}: {message}" for path, message in error.field_conflicts)
    return UserError(
        f"cannot update {title(inputs)}: others manage fields that the program sets (server-side apply "
        f"conflict):\n{lines}\n"
        'Leave these fields out of the program, or set the annotation pulumi.com/patchForce to "true" to '
        "take them over"
    )


def _causes(error: ApiError) -> str:
    """Return the causes that the server's sentence does not name itself."""
    causes = mapping(error.status, "details").get("causes") or []
    missing = [
        f"\n    {field(cause, 'field')}: {field(cause, 'message')}"
        for cause in causes
        if isinstance(field(cause, "message"), str) and field(cause, "message") not in error.message
    ]
    return "".join(missing)
