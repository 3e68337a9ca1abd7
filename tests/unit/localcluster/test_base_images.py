import io
import json
import tarfile
from pathlib import Path

import pytest

from localcluster.registry import base_images
from localcluster.registry.base_images import PYTHON_TAGS, push_pause_image, push_python_image, python_layer
from tests.unit.localcluster.recording_registry import RecordingRegistry


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    layer = python_layer(tmp_path)
    layer.parent.mkdir(parents=True)
    layer.write_bytes(b"debian")
    return tmp_path


def test_every_tag_leads_to_the_image_and_its_label_says_that_it_is_a_stand_in(
    cache: Path, tmp_path: Path
) -> None:
    registry = RecordingRegistry()
    push_python_image(registry, cache, tmp_path / "stamp")
    assert set(registry.manifests) == {f"library/python:{tag}" for tag in PYTHON_TAGS}
    manifest = registry.manifests["library/python:3.9"]
    configuration = json.loads(registry.blobs[manifest["config"]["digest"]])
    assert (
        "not the official image" in configuration["config"]["Labels"]["org.opencontainers.image.description"]
    )
    assert configuration["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]


def test_an_image_that_was_loaded_under_such_a_tag_is_left_alone(cache: Path, tmp_path: Path) -> None:
    registry = RecordingRegistry()
    push_python_image(registry, cache, tmp_path / "stamp")
    registry.manifests["library/python:3.9"] = {"official": True}
    push_python_image(registry, cache, tmp_path / "stamp")
    assert registry.manifests["library/python:3.9"] == {"official": True}


def test_another_recipe_replaces_the_image(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = RecordingRegistry()
    push_python_image(registry, cache, tmp_path / "stamp")
    before = registry.manifests["library/python:3.9"]
    monkeypatch.setattr(base_images, "PACKAGES", ("python3",))
    layer = python_layer(cache)
    layer.parent.mkdir()
    layer.write_bytes(b"smaller debian")
    push_python_image(registry, cache, tmp_path / "stamp")
    assert registry.manifests["library/python:3.9"] != before


def test_the_pause_image_holds_its_program_and_nothing_of_who_built_it(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"program")
    registry = RecordingRegistry()
    push_pause_image(registry, program)
    (layer,) = registry.manifests["localcluster/pause:1"]["layers"]
    with tarfile.open(fileobj=io.BytesIO(registry.blobs[layer["digest"]])) as archive:
        (entry,) = archive.getmembers()
    assert (entry.name, entry.mode, entry.uid, entry.mtime, entry.uname) == ("pause", 0o755, 0, 0, "")
