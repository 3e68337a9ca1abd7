"""Puts companions' programs into images of the embedded cluster's registry."""

from pathlib import Path

from localcluster.registry.base_images import push_program_image
from localcluster.registry.client import RegistryClient


def push(registry: str, programs: Path, program: str) -> str:
    """Push an image of one program of a group, and return its name, which changes when the program does."""
    repository, tag = f"companions/{program}", programs.parent.name
    port = int(registry.rpartition(":")[2])
    push_program_image(RegistryClient(port), repository, tag, programs / program)
    return f"{registry}/{repository}:{tag}"
