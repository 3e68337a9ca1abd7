"""Copies projects and model files to where images are built from."""

from endpoints.source.dockerignore import stage_single_context
from endpoints.source.model_files import ModelFile, read_digest, stage_files
from endpoints.source.project import Source, content_digest, materialize, materialize_package
from endpoints.source.store import prune, stage_texts
from endpoints.source.stored_object import StoreAccess, StoredObject, find_stored_object

__all__ = [
    "ModelFile",
    "Source",
    "StoreAccess",
    "StoredObject",
    "content_digest",
    "find_stored_object",
    "materialize",
    "materialize_package",
    "prune",
    "read_digest",
    "stage_files",
    "stage_single_context",
    "stage_texts",
]
