"""What may be written and is not carried out yet. Nothing of it is passed over in silence.

A key that gets carried out is noted in this file, and nothing else has to change.
"""

from collections.abc import Iterator

from endpoints.errors import Problem
from endpoints.manifest import Endpoint, Manifest
from endpoints.settings import EmbeddedCluster, Settings

CARRIED_OUT = frozenset(
    {
        "description",
        "files",
        "image",
        "name",
        "node-selector",
        "port",
        "resources",
        "server-command",
        "shared-volumes",
        "tolerations",
        "workspace-volume",
        "wsgi",
    }
)
"""Keys of an endpoint in valohai.yaml that have their effect. An endpoint with any other is not deployed."""

_TEXT = "is not carried out yet; remove it"


def unsupported_in_manifest(manifest: Manifest, endpoint: Endpoint) -> Iterator[Problem]:
    """Find keys of an endpoint that its pods would be without."""
    for key in endpoint.key_lines:
        if key not in CARRIED_OUT:
            text = f"{_TEXT}, or do not deploy this endpoint"
            yield manifest.definition(endpoint).problem(key, text)


def unsupported_in_settings(settings: Settings) -> Iterator[Problem]:
    """Find settings of the stack that would have no effect."""
    if isinstance(settings.cluster, EmbeddedCluster):
        yield from _in_embedded_cluster(settings)


def _in_embedded_cluster(settings: Settings) -> Iterator[Problem]:
    """Find what is the embedded cluster's own; of routing the kind may be chosen."""
    text = "is the embedded cluster's own; remove it"
    if settings.registry is not None:
        yield settings.problem(("registry",), text)
    if settings.routing is not None:
        given = settings.routing.model_dump(by_alias=True, exclude_unset=True)
        yield from (settings.problem(("routing", key), text) for key in given if key != "kind")
