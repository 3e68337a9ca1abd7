"""What may be written and is not carried out yet. Nothing of it is passed over in silence.

A key that gets carried out is noted in this file, and nothing else has to change.
"""

from collections.abc import Iterator, Mapping

from endpoints.errors import Problem
from endpoints.manifest import Endpoint, Manifest
from endpoints.settings import EmbeddedCluster, EndpointSettings, SecretReference, Settings
from endpoints.yaml_document import KeyPath

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
    for key, line in endpoint.key_lines.items():
        if key not in CARRIED_OUT:
            text = f"{_TEXT}, or do not deploy this endpoint"
            yield Problem(manifest.file, line, f"{endpoint.name}.{key}", text)


def unsupported_in_settings(settings: Settings) -> Iterator[Problem]:
    """Find settings of the whole stack, its deployments and versions; for endpoints see below."""
    if isinstance(settings.cluster, EmbeddedCluster):
        for key in ("registry", "routing"):
            if getattr(settings, key) is not None:
                yield settings.problem((key,), "is the embedded cluster's own; remove it")
    if settings.secrets:
        yield settings.problem(("secrets",), _TEXT)
    yield from _secret_references(settings, (), settings.environment)
    for index, deployment in enumerate(settings.deployments):
        path: KeyPath = ("deployments", index)
        yield from _secret_references(settings, path, deployment.environment)
        for number, version in enumerate(deployment.versions):
            at = (*path, "versions", number)
            yield from _secret_references(settings, at, version.environment)
            for name, endpoint in (version.endpoints or {}).items():
                yield from _in_endpoint(settings, (*at, "endpoints", name), endpoint)


def _in_endpoint(settings: Settings, path: KeyPath, endpoint: EndpointSettings) -> Iterator[Problem]:
    yield from _secret_references(settings, path, endpoint.environment)
    for name, file in endpoint.files.items():
        if file.uri is not None:
            text = "is not carried out yet; download the file and give its path"
            yield settings.problem((*path, "files", name, "uri"), text)


def _secret_references(
    settings: Settings, path: KeyPath, environment: Mapping[str, str | SecretReference]
) -> Iterator[Problem]:
    for name, value in environment.items():
        if isinstance(value, SecretReference):
            text = "a value from secrets is not carried out yet; remove it"
            yield settings.problem((*path, "environment", name), text)
