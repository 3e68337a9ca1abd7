"""Puts companions' programs into images of the embedded cluster's registry."""

import os
from pathlib import Path

from localcluster.base_images import push_program_image
from localcluster.go_programs import ensure_programs, load_group
from localcluster.layout import Layout
from localcluster.progress import Progress
from localcluster.registry_client import RegistryClient


def build(layout: Layout, group: str) -> Path:
    """Build a group of tools/ unless the cache has it; return the directory of its programs and files."""
    directory = layout.clone / "tools" / group
    return ensure_programs(load_group(directory), layout.cache, os.environ, Progress())


def push(registry: str, programs: Path, program: str) -> str:
    """Push an image of one program of a group, and return its name, which changes when the program does."""
    repository, tag = f"companions/{program}", programs.parent.name
    port = int(registry.rpartition(":")[2])
    push_program_image(RegistryClient(port), repository, tag, programs / program)
    return f"{registry}/{repository}:{tag}"
