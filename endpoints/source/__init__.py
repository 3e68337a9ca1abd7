"""Copies projects and model files to where images are built from."""

from endpoints.source.model_files import ModelFile, read_digest, stage_files
from endpoints.source.project import Source, materialize, materialize_package
from endpoints.source.store import prune

__all__ = ["ModelFile", "Source", "materialize", "materialize_package", "prune", "read_digest", "stage_files"]
