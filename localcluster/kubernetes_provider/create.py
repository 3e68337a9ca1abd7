"""Creating objects (`Create` in provider.go, `Creation` in await/await.go)."""

import asyncio
from dataclasses import dataclass
from typing import Final

from endpoints.resource_plugin.reporting import Reporter

from .annotations import PATCH_FORCE, is_true
from .api.cluster import Cluster
from .api.discovery import UnknownKindError
from .api.errors import ApiError, ClusterUnreachableError
from .checkpoint import Checkpoint, record
from .failures import NotReadyError, OperationCancelledError, UserError
from .field_ownership import CREATE_MANAGER, field_manager_name
from .field_takeover import with_own_fields
from .normalization import normalized
from .objects import kind_of, name_of, namespace_of, resource_id, title
from .refusals import already_exists, refused
from .session import Session
from .values import JsonObject, contains_unknown, without_secrets
from .waits.readiness import settle

_RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 4.0)
"""Pauses before asking again for a namespace or kind that does not exist yet; another object may bring it."""


@dataclass(frozen=True)
class Written:
    """An object that was created or updated, as it goes into state."""

    identifier: str
    """The resource ID; empty in a preview."""

    outputs: JsonObject
    not_ready: NotReadyError | None = None
    """Why it is not ready, if it is not; it goes into state all the same."""


async def create(
    session: Session, secret_inputs: JsonObject, custom_timeout: float, reporter: Reporter
) -> Written:
    """Create the object and wait until it is ready.

    `secret_inputs` are checked inputs with their secrets marked; `custom_timeout` is in seconds, 0 when
    absent. Raises UserError where the API server refuses the object: then nothing was created.
    """
    inputs = normalized(without_secrets(secret_inputs))
    manager = field_manager_name(inputs, recorded="")
    cluster = await session.cluster()
    created = await _create_with_patience(session, cluster, inputs, manager, reporter)
    live, not_ready = await settle(session, inputs, created, custom_timeout, reporter)
    checkpoint = Checkpoint(inputs, live, str(inputs["apiVersion"]), manager)
    return Written(resource_id(live), record(checkpoint, secret_inputs), not_ready)


async def preview_creation(session: Session, secret_inputs: JsonObject, reporter: Reporter) -> Written:
    """Return what would be created, by a dry run on the API server where that is possible.

    The inputs themselves are returned where they are not known yet, the kind or namespace does not exist
    yet, the object exists still (a replacement may delete it first), rights for a dry run are missing, or
    the cluster cannot be reached. Raises UserError for an object that the API server would refuse.
    """
    inputs = normalized(without_secrets(secret_inputs))
    if contains_unknown(inputs) or not session.settings.server_side_apply:
        return Written("", secret_inputs)
    try:
        cluster = await session.cluster_for_preview()
        planned = await _write(session, cluster, inputs, manager="", dry_run=True)
    except UnknownKindError:
        return Written("", secret_inputs)
    except ClusterUnreachableError as error:
        await warn_of_unchecked_preview(session, error, reporter)
        return Written("", secret_inputs)
    except ApiError as error:
        if error.is_forbidden or error.is_missing_namespace or error.is_already_exists:
            return Written("", secret_inputs)
        raise refused(inputs, "create", error) from None
    # An empty status would read as if it were the final one.
    planned = {key: value for key, value in planned.items() if key != "status"}
    checkpoint = Checkpoint(inputs, planned, str(inputs["apiVersion"]), "")
    return Written("", record(checkpoint, secret_inputs))


async def warn_of_unchecked_preview(
    session: Session, error: ClusterUnreachableError, reporter: Reporter
) -> None:
    """Say once that the preview goes on without the cluster, as the official plugin's does."""
    if session.note_out_of_reach(error):
        await reporter.warning(f"{error}; the preview shows the program's inputs, unchecked")


async def _create_with_patience(
    session: Session, cluster: Cluster, inputs: JsonObject, manager: str, reporter: Reporter
) -> JsonObject:
    for pause in (*_RETRY_SECONDS, None):
        try:
            return await _write(session, cluster, inputs, manager, dry_run=False)
        except UnknownKindError as error:
            failure = UserError(f"cannot create {title(inputs)}: {error}")
        except ApiError as error:
            if error.is_already_exists:
                raise already_exists(inputs) from None
            failure = refused(inputs, "create", error)
            if not error.is_not_found:
                raise failure from None
            if error.is_missing_namespace:
                failure = UserError(
                    f"cannot create {title(inputs)}: there is no namespace {namespace_of(inputs)}"
                )
        if pause is None:
            raise failure
        await reporter.status(f"{failure}; trying again")
        await _sleep(pause, session.cancelled)
    raise AssertionError("the last pause is None")


async def _write(
    session: Session, cluster: Cluster, inputs: JsonObject, manager: str, *, dry_run: bool
) -> JsonObject:
    settings = session.settings
    if settings.upsert_existing and settings.server_side_apply:
        return await _adopt(session, cluster, inputs, manager, dry_run=dry_run)
    return await cluster.create(inputs, field_manager=CREATE_MANAGER, dry_run=dry_run)


async def _adopt(
    session: Session, cluster: Cluster, inputs: JsonObject, manager: str, *, dry_run: bool
) -> JsonObject:
    """Apply the object, be it there already or not (`upsertExistingObjects`)."""
    if dry_run:
        # A dry run cannot hand over the fields of an earlier creation, hence force, as `patchForce` does.
        return await cluster.apply(inputs, field_manager=CREATE_MANAGER, force=True, dry_run=True)
    try:
        live = await cluster.get(kind_of(inputs), namespace_of(inputs), name_of(inputs))
        await with_own_fields(cluster, live, manager)
    except ApiError as error:
        if not error.is_not_found:
            raise
    force = session.settings.patch_force or is_true(inputs, PATCH_FORCE)
    return await cluster.apply(inputs, field_manager=manager, force=force)


async def _sleep(seconds: float, cancelled: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(cancelled.wait(), seconds)
    except TimeoutError:
        return
    raise OperationCancelledError("cancelled before the object was created")
