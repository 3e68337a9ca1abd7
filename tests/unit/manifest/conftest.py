"""Manifests from text, and what is wrong with them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.manifest import Manifest, load_manifest

BASE = "- endpoint:\n    name: ab\n    image: x\n"
"""Three lines, to which a server and the mistake are added."""

Load = Callable[[str], Manifest]


def mistakes(load: Load, text: str) -> str:
    """Return the messages about a text that must not load."""
    with pytest.raises(ProjectError) as raised:
        load(text)
    return str(raised.value)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a manifest from its text; messages call it valohai.yaml."""

    def load_text(text: str) -> Manifest:
        path = tmp_path / "valohai.yaml"
        path.write_text(text, encoding="utf-8")
        return load_manifest(path, "valohai.yaml")

    return load_text
