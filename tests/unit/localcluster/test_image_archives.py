import io
import json
import tarfile
from pathlib import Path

import pytest

from localcluster.errors import ClusterError
from localcluster.registry.client import OCI_MANIFEST, bytes_digest
from localcluster.registry.image_archives import ImageName, image_name, load_archive
from tests.unit.localcluster.recording_registry import RecordingRegistry

INDEX = "application/vnd.oci.image.index.v1+json"


def write_archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def blob(content: bytes) -> str:
    return "blobs/" + bytes_digest(content).replace(":", "/")


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        ("python:3.9", "library/python", "3.9"),
        ("acme/model:v1", "acme/model", "v1"),
        ("acme/model", "acme/model", "latest"),
        ("docker.io/library/python:3.9", "library/python", "3.9"),
        ("localhost:5000/acme/model:v1", "acme/model", "v1"),
        ("registry.example:443/a/b/c:1.0-x", "a/b/c", "1.0-x"),
        ("acme/model@sha256:" + "ab" * 32, "acme/model", "abababababab"),
    ],
)
def test_an_image_keeps_its_name_but_not_its_registry(reference: str, repository: str, tag: str) -> None:
    assert image_name(reference) == ImageName(repository, tag)


def test_an_archive_of_docker_save_is_pushed_with_its_layers_and_all_its_names(tmp_path: Path) -> None:
    described = [
        {"Config": "c.json", "RepoTags": ["acme/model:1", "acme/model:latest"], "Layers": ["l/layer.tar"]}
    ]
    path = write_archive(
        tmp_path / "image.tar",
        {"manifest.json": json.dumps(described).encode(), "c.json": b"{}", "l/layer.tar": b"layer"},
    )
    registry = RecordingRegistry()
    assert load_archive(path, registry) == [ImageName("acme/model", "1"), ImageName("acme/model", "latest")]
    assert set(registry.blobs.values()) == {b"{}", b"layer"}
    assert registry.manifests["acme/model:1"]["layers"][0]["digest"] == bytes_digest(b"layer")


def oci_files(reference: str) -> dict[str, bytes]:
    configuration, layer = b"{}", b"layer"
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"mediaType": "c", "digest": bytes_digest(configuration), "size": len(configuration)},
            "layers": [{"mediaType": "l", "digest": bytes_digest(layer), "size": len(layer)}],
        }
    ).encode()
    foreign = {"mediaType": OCI_MANIFEST, "digest": bytes_digest(b"another platform"), "size": 1}
    own = {"mediaType": OCI_MANIFEST, "digest": bytes_digest(manifest), "size": len(manifest)}
    index = json.dumps({"schemaVersion": 2, "manifests": [foreign, own]}).encode()
    named = {
        "mediaType": INDEX,
        "digest": bytes_digest(index),
        "size": len(index),
        "annotations": {"org.opencontainers.image.ref.name": reference},
    }
    return {
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [named]}).encode(),
        **{blob(content): content for content in (configuration, layer, manifest, index)},
    }


def test_an_oci_archive_keeps_its_index_and_leaves_out_platforms_that_it_lacks(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "image.tar", oci_files("docker.io/acme/model:2"))
    registry = RecordingRegistry()
    assert load_archive(path, registry) == [ImageName("acme/model", "2")]
    assert len(registry.manifests["acme/model:2"]["manifests"]) == 2
    assert set(registry.blobs.values()) == {b"{}", b"layer"}


def test_an_oci_archive_that_names_only_a_tag_is_called_after_its_file(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "classifier.tar", oci_files("2.0"))
    assert load_archive(path, RecordingRegistry()) == [ImageName("library/classifier", "2.0")]


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    files = oci_files("acme/model:2")
    files[blob(b"layer")] = b"other"
    with pytest.raises(ClusterError, match="damaged"):
        load_archive(write_archive(tmp_path / "image.tar", files), RecordingRegistry())


@pytest.mark.parametrize("content", [b"not a tar file", b""])
def test_a_file_that_is_no_archive_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(ClusterError, match=r"model\.pkl is not an image archive"):
        load_archive(path, RecordingRegistry())


def test_an_archive_without_an_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"neither index\.json nor manifest\.json"):
        load_archive(write_archive(tmp_path / "source.tar", {"README": b""}), RecordingRegistry())


def test_a_missing_archive_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"absent\.tar"):
        load_archive(tmp_path / "absent.tar", RecordingRegistry())


@pytest.mark.parametrize(
    ("name", "content"),
    [("index.json", b"[]"), ("index.json", b'{"manifests": ["a"]}'), ("manifest.json", b'[["a"]]')],
)
def test_an_archive_whose_lists_have_another_shape_is_refused(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(ClusterError, match=r"image\.tar is not an image archive"):
        load_archive(write_archive(tmp_path / "image.tar", {name: content}), RecordingRegistry())
