"""Image archives (`docker save` and OCI layouts in a tar file) for `load`."""

import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from localcluster.errors import ClusterError
from localcluster.registry.client import OCI_LAYER, OCI_MANIFEST, Descriptor, RegistryClient

NAME_ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


@dataclass(frozen=True)
class ImageName:
    """Repository and tag in the embedded registry."""

    repository: str
    tag: str


def image_name(reference: str) -> ImageName:
    """Name an image in the embedded registry as docker.io would.

    The registry's own name is dropped, and a single word is put under `library/`.
    """
    path, _, digest = reference.partition("@")
    head, _, rest = path.partition("/")
    if rest and ("." in head or ":" in head or head == "localhost"):
        path = rest
    repository, separator, tag = path.rpartition(":")
    if not separator or "/" in tag:
        repository, tag = path, digest.removeprefix("sha256:")[:12] or "latest"
    return ImageName(repository if "/" in repository else f"library/{repository}", tag)


def load_archive(archive_path: Path, client: RegistryClient) -> list[ImageName]:
    """Push every named image of an archive, and give the names.

    Raises ClusterError when it is no image archive.
    """
    try:
        with tarfile.open(archive_path) as archive, tempfile.TemporaryDirectory() as directory:
            return list(_load(Archive(archive, Path(directory), archive_path), client))
    # The last two: what is JSON, and of another shape.
    except (tarfile.TarError, OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ClusterError(
            f"{archive_path} is not an image archive of `docker save` or `docker buildx build "
            f"--output type=oci`: {error}"
        ) from None


@dataclass(frozen=True)
class Archive:
    """An open archive, and a directory for the files taken out of it."""

    archive: tarfile.TarFile
    directory: Path
    path: Path

    def has(self, name: str) -> bool:
        """Tell whether the archive holds a file."""
        return name in self.archive.getnames()

    def read_json(self, name: str) -> Any:
        """Read a JSON file; raises KeyError when it is missing."""
        return json.loads(self.read(name))

    def read(self, name: str) -> bytes:
        """Read a file; raises KeyError when it is missing."""
        return self.unpack(name).read_bytes()

    def unpack(self, name: str) -> Path:
        """Copy one file's content out of the archive, wherever its name points to."""
        source = self.archive.extractfile(name)
        if source is None:
            raise ValueError(f"{name} in it is not a file")
        target = self.directory / "content"
        with source, target.open("wb") as destination:
            while block := source.read(1 << 20):
                destination.write(block)
        return target


def _load(archive: Archive, client: RegistryClient) -> Iterator[ImageName]:
    if archive.has("index.json"):
        for described in archive.read_json("index.json")["manifests"]:
            annotations = described.get("annotations", {})
            reference = next((annotations[key] for key in NAME_ANNOTATIONS if key in annotations), "")
            # A reference that is a tag alone says nothing about the repository: the file's name has to.
            if "/" not in reference and ":" not in reference:
                reference = f"{archive.path.name.partition('.')[0]}:{reference or 'latest'}"
            name = image_name(reference)
            _push_content(archive, client, name, described, tag=name.tag)
            yield name
    elif archive.has("manifest.json"):
        for image in archive.read_json("manifest.json"):
            for reference in image["RepoTags"] or [archive.path.name.partition(".")[0]]:
                name = image_name(reference)
                layers = [
                    client.push_blob(name.repository, archive.unpack(str(PurePosixPath(layer))), OCI_LAYER)
                    for layer in image["Layers"]
                ]
                client.push_image(name.repository, (name.tag,), archive.read(image["Config"]), layers)
                yield name
    else:
        raise ValueError("it contains neither index.json nor manifest.json")


def _push_content(
    archive: Archive, client: RegistryClient, name: ImageName, described: dict[str, Any], tag: str
) -> None:
    """Push a manifest or an index with all that it refers to."""
    content = archive.read(_blob(described["digest"]))
    document = json.loads(content)
    media_type = str(described.get("mediaType", OCI_MANIFEST))
    if media_type in INDEXES:
        for entry in document["manifests"]:
            # An archive of one platform keeps the index of all: what it lacks cannot be pushed.
            if archive.has(_blob(entry["digest"])):
                _push_content(archive, client, name, entry, tag=entry["digest"])
    else:
        for entry in [document["config"], *document["layers"]]:
            pushed: Descriptor = client.push_blob(
                name.repository, archive.unpack(_blob(entry["digest"])), entry["mediaType"]
            )
            if pushed.digest != entry["digest"]:
                raise ValueError(
                    f"the content of {entry['digest']} in it has another digest: the archive is damaged"
                )
    client.push_manifest(name.repository, tag, content, media_type)


def _blob(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"blobs/{algorithm}/{value}"
