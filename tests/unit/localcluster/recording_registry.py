"""A registry that only remembers what it was given."""

import json
from pathlib import Path
from typing import Any

from localcluster.registry.client import Descriptor, RegistryClient, bytes_digest


class RecordingRegistry(RegistryClient):
    """Stands in for the client of the embedded registry; nothing leaves the process."""

    def __init__(self) -> None:
        super().__init__(0)
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, dict[str, Any]] = {}

    def has_manifest(self, repository: str, reference: str) -> bool:
        return f"{repository}:{reference}" in self.manifests

    def push_blob(self, repository: str, content: Path | bytes, media_type: str) -> Descriptor:  # noqa: ARG002
        body = content.read_bytes() if isinstance(content, Path) else content
        self.blobs[bytes_digest(body)] = body
        return Descriptor(media_type, bytes_digest(body), len(body))

    def push_manifest(self, repository: str, tag: str, manifest: bytes, media_type: str) -> str:  # noqa: ARG002
        self.manifests[f"{repository}:{tag}"] = json.loads(manifest)
        return bytes_digest(manifest)
