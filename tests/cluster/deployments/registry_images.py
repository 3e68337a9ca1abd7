"""Looks into images that were pushed, as their registry has them."""

import gzip
import io
import json
import tarfile
import urllib.request
from dataclasses import dataclass
from typing import Any

_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True)
class PushedImage:
    """`steps` are the Dockerfile's steps that made a layer, with the digest of each layer."""

    manifest: str
    configuration: str
    steps: list[tuple[str, str]]
    layers: list[bytes]

    def files(self) -> dict[str, tarfile.TarInfo]:
        """Return what is below /valohai, by path."""
        found: dict[str, tarfile.TarInfo] = {}
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                found |= {member.name: member for member in archive if member.name.startswith("valohai/")}
        return found

    def layer_of(self, part: str) -> str:
        """Return the layer of the one step that holds `part`."""
        (digest,) = [digest for step, digest in self.steps if part in step]
        return digest


def pushed_image(reference: str) -> PushedImage:
    """Fetch an image by its reference with digest, from a registry on loopback."""
    name, _, digest = reference.partition("@")
    address, _, repository = name.rpartition(":")[0].partition("/")
    base = f"http://{address}/v2/{repository}"
    manifest = _get(f"{base}/manifests/{digest}")
    described: dict[str, Any] = json.loads(manifest)
    configuration = _get(f"{base}/blobs/{described['config']['digest']}")
    digests = [layer["digest"] for layer in described["layers"]]
    history = [step for step in json.loads(configuration)["history"] if not step.get("empty_layer")]
    steps = [str(step["created_by"]) for step in history]
    assert len(steps) == len(digests)
    return PushedImage(
        manifest.decode(),
        configuration.decode(),
        list(zip(steps, digests, strict=True)),
        [_unpacked(_get(f"{base}/blobs/{one}")) for one in digests],
    )


def _get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": ", ".join(_MANIFESTS)})
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def _unpacked(layer: bytes) -> bytes:
    return gzip.decompress(layer) if layer.startswith(b"\x1f\x8b") else layer
