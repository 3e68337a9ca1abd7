"""Manifests from text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.manifest import Manifest, load_manifest


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Manifest]:
    """Load a manifest from its text; messages call it valohai.yaml."""

    def load_text(text: str) -> Manifest:
        path = tmp_path / "valohai.yaml"
        path.write_text(text, encoding="utf-8")
        return load_manifest(path, "valohai.yaml")

    return load_text
