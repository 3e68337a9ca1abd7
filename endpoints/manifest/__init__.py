"""Reads the endpoints of a valohai.yaml."""

from endpoints.manifest.load import load_manifest, read_manifest
from endpoints.manifest.models import (
    Bounds,
    Definition,
    Endpoint,
    File,
    Manifest,
    Resources,
    ServerCommand,
    SharedVolume,
    Toleration,
    WorkspaceVolume,
    Wsgi,
)

__all__ = [
    "Bounds",
    "Definition",
    "Endpoint",
    "File",
    "Manifest",
    "Resources",
    "ServerCommand",
    "SharedVolume",
    "Toleration",
    "WorkspaceVolume",
    "Wsgi",
    "load_manifest",
    "read_manifest",
]
