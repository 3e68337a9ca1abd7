"""Changing objects in place (`Update` in provider.go, `Update` and `ssaUpdate` in await/await.go).

Differences from the official plugin: an update that the API server refuses leaves the recorded state as it
was (there it records the refused inputs); a CustomResourceDefinition is applied like any other object
(there it is replaced).
"""

from collections.abc import Sequence

from endpoints.resource_plugin.reporting import Reporter

from .annotations import PATCH_FORCE, is_true
from .api.cluster import Cluster
from .api.discovery import UnknownKindError
from .api.errors import ApiError, ClusterUnreachableError
from .checkpoint import Checkpoint, record
from .create import Written, warn_of_unchecked_preview
from .failures import UserError
from .field_ownership import CREATE_MANAGER, field_manager_name, takeover_patch
from .field_takeover import with_own_fields
from .ignored_changes import with_ignored_changes
from .merge_patch import merge_patch
from .normalization import normalized
from .objects import kind_of, name_of, namespace_of, resource_id, title
from .refusals import refused, vanished
from .session import Session
from .values import JsonObject, contains_unknown, without_secrets
from .waits.readiness import settle


async def update(
    session: Session,
    old: Checkpoint,
    secret_inputs: JsonObject,
    ignored_changes: Sequence[str],
    custom_timeout: float,
    reporter: Reporter,
) -> Written:
    """Change the object to what the new inputs say and wait until it is ready.

    Raises UserError where the API server refuses the change, naming who manages a contested field.
    """
    inputs = normalized(without_secrets(secret_inputs))
    manager = field_manager_name(inputs, old.field_manager)
    cluster = await session.cluster()
    try:
        changed = await _change(session, cluster, old, inputs, manager, ignored_changes, dry_run=False)
        if old.field_manager and old.field_manager != manager and session.settings.server_side_apply:
            changed = await _released(cluster, changed, old.field_manager)
    except UnknownKindError as error:
        raise UserError(f"cannot update {title(inputs)}: {error}") from None
    except ApiError as error:
        raise (vanished(inputs) if error.is_not_found else refused(inputs, "update", error)) from None
    live, not_ready = await settle(session, inputs, changed, custom_timeout, reporter)
    checkpoint = Checkpoint(inputs, live, old.initial_api_version, manager)
    return Written(resource_id(live), record(checkpoint, secret_inputs), not_ready)


async def preview_update(
    session: Session,
    old: Checkpoint,
    secret_inputs: JsonObject,
    ignored_changes: Sequence[str],
    reporter: Reporter,
) -> Written:
    """Return what the update would make of the object, by a dry run where that is possible.

    Raises UserError for a change that the API server would refuse, conflicts included.
    """
    inputs = normalized(without_secrets(secret_inputs))
    if contains_unknown(inputs):
        return Written("", secret_inputs)
    manager = field_manager_name(inputs, old.field_manager)
    try:
        cluster = await session.cluster_for_preview()
        planned = await _change(session, cluster, old, inputs, manager, ignored_changes, dry_run=True)
    except UnknownKindError:
        return Written("", secret_inputs)
    except ClusterUnreachableError as error:
        await warn_of_unchecked_preview(session, error, reporter)
        return Written("", secret_inputs)
    except ApiError as error:
        if error.is_forbidden:
            return Written("", secret_inputs)
        raise (vanished(inputs) if error.is_not_found else refused(inputs, "update", error)) from None
    checkpoint = Checkpoint(inputs, planned, old.initial_api_version, manager)
    return Written("", record(checkpoint, secret_inputs))


async def _change(
    session: Session,
    cluster: Cluster,
    old: Checkpoint,
    inputs: JsonObject,
    manager: str,
    ignored_changes: Sequence[str],
    *,
    dry_run: bool,
) -> JsonObject:
    live = await cluster.get(kind_of(inputs), namespace_of(old.live), name_of(old.live))
    if not session.settings.server_side_apply:
        return await cluster.patch(
            inputs,
            merge_patch(old.inputs, inputs),
            content_type="application/merge-patch+json",
            field_manager=CREATE_MANAGER,
            dry_run=dry_run,
        )
    force = session.settings.patch_force or is_true(inputs, PATCH_FORCE)
    if dry_run:
        # Only the real update hands the fields over; until then a dry run conflicts with ourselves.
        force = force or takeover_patch(live, manager) is not None
    else:
        live = await with_own_fields(cluster, live, manager)
    applied = with_ignored_changes(inputs, live, manager, ignored_changes)
    return await cluster.apply(applied, field_manager=manager, force=force, dry_run=dry_run)


async def _released(cluster: Cluster, live: JsonObject, manager: str) -> JsonObject:
    """Give up the fields of a former manager, by applying nothing in its name (`ssa.Relinquish`)."""
    nothing = {
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {"name": name_of(live), **({"namespace": ns} if (ns := namespace_of(live)) else {})},
    }
    return await cluster.apply(nothing, field_manager=manager, force=False)
