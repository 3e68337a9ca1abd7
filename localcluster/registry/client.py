"""Push images to the embedded registry by the OCI distribution protocol, so that no Docker is needed."""

import hashlib
import http.client
import json
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcluster.errors import ClusterError

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIGURATION = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Descriptor:
    """A reference to content, as it stands in a manifest."""

    media_type: str
    digest: str
    size: int

    def as_json(self) -> dict[str, str | int]:
        """Give the descriptor in a manifest's notation."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


def file_digest(path: Path) -> str:
    """Digest of a file's content, in the form `sha256:...`."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def bytes_digest(content: bytes) -> str:
    """Digest of some bytes, in the form `sha256:...`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class RegistryClient:
    """A client of the registry at `localhost:<port>`.

    Every method raises ClusterError when the registry refuses.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def has_manifest(self, repository: str, reference: str) -> bool:
        """Tell whether the registry has an image under a tag or digest."""
        accepted = ", ".join((OCI_MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"))
        return (
            self._request("HEAD", f"/v2/{repository}/manifests/{reference}", headers={"Accept": accepted})[0]
            == 200
        )

    def push_blob(self, repository: str, content: Path | bytes, media_type: str) -> Descriptor:
        """Upload content unless the registry has it."""
        if isinstance(content, Path):
            descriptor = Descriptor(media_type, file_digest(content), content.stat().st_size)
        else:
            descriptor = Descriptor(media_type, bytes_digest(content), len(content))
        if self._request("HEAD", f"/v2/{repository}/blobs/{descriptor.digest}")[0] == 200:
            return descriptor
        status, headers = self._request(
            "POST", f"/v2/{repository}/blobs/uploads/", headers={"Content-Length": "0"}
        )
        self._expect(202, status, f"starting an upload to {repository}")
        place = urllib.parse.urlsplit(headers["location"])
        query = [*urllib.parse.parse_qsl(place.query), ("digest", descriptor.digest)]
        target = f"{place.path}?{urllib.parse.urlencode(query)}"
        upload_headers = {"Content-Type": "application/octet-stream", "Content-Length": str(descriptor.size)}
        if isinstance(content, Path):
            with content.open("rb") as file:
                status, _ = self._request("PUT", target, body=file, headers=upload_headers)
        else:
            status, _ = self._request("PUT", target, body=content, headers=upload_headers)
        self._expect(201, status, f"uploading {descriptor.digest} to {repository}")
        return descriptor

    def push_manifest(self, repository: str, tag: str, manifest: bytes, media_type: str) -> str:
        """Upload a manifest under a tag, and give its digest."""
        headers = {"Content-Type": media_type, "Content-Length": str(len(manifest))}
        status, _ = self._request("PUT", f"/v2/{repository}/manifests/{tag}", body=manifest, headers=headers)
        self._expect(201, status, f"uploading the manifest of {repository}:{tag}")
        return bytes_digest(manifest)

    def push_image(
        self, repository: str, tags: tuple[str, ...], configuration: bytes, layers: list[Descriptor]
    ) -> str:
        """Upload an image whose layers the registry has, under one or more tags, and give its digest."""
        described = self.push_blob(repository, configuration, OCI_CONFIGURATION)
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": described.as_json(),
            "layers": [layer.as_json() for layer in layers],
        }
        content = json.dumps(manifest).encode()
        for tag in tags:
            self.push_manifest(repository, tag, content, OCI_MANIFEST)
        return bytes_digest(content)

    def _request(
        self, method: str, target: str, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ClusterError(f"the registry at localhost:{self._port} does not answer: {error}") from None
        else:
            return response.status, {name.lower(): value for name, value in response.getheaders()}
        finally:
            connection.close()

    @staticmethod
    def _expect(wanted: int, status: int, what: str) -> None:
        if status != wanted:
            raise ClusterError(f"{what} failed: the registry answered {status} where {wanted} was expected")
