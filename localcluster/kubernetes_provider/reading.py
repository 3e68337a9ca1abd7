"""Reading live objects for refresh, import and `get` (`Read` in provider.go)."""

from dataclasses import dataclass

from endpoints.resource_plugin.reporting import Reporter

from .api.discovery import UnknownKindError
from .api.errors import ApiError, ClusterUnreachableError
from .checkpoint import Checkpoint, record
from .failures import NotReadyError, UserError
from .field_ownership import field_manager_name
from .live_inputs import imported_inputs, pruned_to
from .normalization import normalized
from .objects import GroupVersionKind, kind_of, parse_resource_id, title
from .refusals import out_of_reach
from .secrecy import with_secrets_of
from .session import Session
from .values import JsonObject, without_secrets
from .waits.readiness import current_progress


@dataclass(frozen=True)
class Reading:
    """A live object as it goes into state."""

    identifier: str
    outputs: JsonObject
    inputs: JsonObject
    not_ready: NotReadyError | None = None


async def read(
    session: Session,
    kind: GroupVersionKind,
    identifier: str,
    old: Checkpoint,
    secret_inputs: JsonObject,
    reporter: Reporter,
) -> Reading | None:
    """Return the live object, or None where it no longer exists.

    `kind` is what the resource's type says; `secret_inputs` are the recorded inputs, empty for an import.
    The new inputs are the live values of what the program set; for an import, everything that is not
    status.
    """
    namespace, name = parse_resource_id(identifier)
    inputs = normalized(without_secrets(secret_inputs))
    is_import = not inputs.get("kind") and not old.live.get("kind")
    if inputs.get("kind"):
        kind = kind_of(inputs)
    elif old.live.get("kind"):
        kind = kind_of(old.live)
    try:
        cluster = await session.cluster()
        live = await cluster.get(kind, namespace or session.default_namespace, name)
    except UnknownKindError:
        return None
    except ClusterUnreachableError as error:
        if session.settings.delete_unreachable:
            await reporter.warning(f"{error}; removed from state, because deleteUnreachable is set")
            return None
        raise out_of_reach(error) from None
    except ApiError as error:
        if error.is_not_found:
            return None
        raise UserError(f"cannot read {kind.kind} {identifier}: {error.message}") from None
    live_inputs = imported_inputs(live) if is_import else pruned_to(live, inputs)
    checkpoint = Checkpoint(
        inputs=live_inputs,
        live=live,
        initial_api_version=old.initial_api_version or kind.api_version,
        field_manager=field_manager_name(live_inputs, old.field_manager),
    )
    reading = Reading(
        identifier, record(checkpoint, secret_inputs), with_secrets_of(live_inputs, secret_inputs)
    )
    if is_import:
        return reading
    progress, reasons = await current_progress(cluster, inputs, live)
    if progress.ready:
        return reading
    failure = NotReadyError(f"{title(live)} is not ready: {progress.message}", reasons, live)
    return Reading(reading.identifier, reading.outputs, reading.inputs, failure)
