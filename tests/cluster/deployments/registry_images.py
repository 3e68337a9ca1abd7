"""Looks into images that were pushed, as their registry has them."""

import gzip
import io
import json
import tarfile
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
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


def manifest(reference: str, login: str = "") -> dict[str, Any]:
    """Fetch a manifest or index by its reference with digest; `login` is `user:password`."""
    found: dict[str, Any] = json.loads(_manifest_text(reference, login))
    return found


def blob(reference: str, digest: str, login: str = "") -> bytes:
    """Fetch a blob from an image's repository."""
    return _get(f"{_repository_url(reference)}/blobs/{digest}", login)


def pushed_image(reference: str) -> PushedImage:
    """Fetch an image by its reference with digest, from a registry on loopback."""
    text = _manifest_text(reference)
    described: dict[str, Any] = json.loads(text)
    configuration = blob(reference, described["config"]["digest"])
    digests = [layer["digest"] for layer in described["layers"]]
    history = [step for step in json.loads(configuration)["history"] if not step.get("empty_layer")]
    steps = [str(step["created_by"]) for step in history]
    assert len(steps) == len(digests)
    return PushedImage(
        text.decode(),
        configuration.decode(),
        list(zip(steps, digests, strict=True)),
        [_unpacked(blob(reference, one)) for one in digests],
    )


def _repository_url(reference: str) -> str:
    address, _, repository = reference.partition("@")[0].rpartition(":")[0].partition("/")
    return f"http://{address}/v2/{repository}"


def _manifest_text(reference: str, login: str = "") -> bytes:
    return _get(f"{_repository_url(reference)}/manifests/{reference.partition('@')[2]}", login)


def _get(url: str, login: str = "") -> bytes:
    request = urllib.request.Request(url, headers={"Accept": ", ".join(_MANIFESTS)})
    if login:
        request.add_header("Authorization", f"Basic {b64encode(login.encode()).decode()}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def _unpacked(layer: bytes) -> bytes:
    return gzip.decompress(layer) if layer.startswith(b"\x1f\x8b") else layer
