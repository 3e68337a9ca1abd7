"""Handing the fields of a creation to the manager of server-side apply (`fixCSAFieldManagers`)."""

from typing import Final

from .api.cluster import Cluster
from .api.errors import ApiError
from .field_ownership import takeover_patch
from .objects import kind_of, name_of, namespace_of
from .values import JsonObject

_ATTEMPTS: Final = 5


async def with_own_fields(cluster: Cluster, live: JsonObject, manager: str) -> JsonObject:
    """Hand the fields to the manager, again if the object changes meanwhile, and return the live object."""
    for _ in range(_ATTEMPTS):
        patch = takeover_patch(live, manager)
        if patch is None:
            return live
        try:
            return await cluster.patch(live, patch, content_type="application/json-patch+json")
        except ApiError as error:
            if not error.is_conflict:
                raise
        live = await cluster.get(kind_of(live), namespace_of(live), name_of(live))
    return live
