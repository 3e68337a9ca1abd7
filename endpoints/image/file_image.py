"""Writes a file as an image of one layer, which builds take as a context.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

import hashlib
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path

FILE_NAME = "content"
"""Name of the file in the image."""


def write_image_layout(target: Path, size: int, pieces: Iterable[bytes | memoryview]) -> str:
    """Write a file of `size` bytes, which arrive in pieces, into the empty directory `target`.

    Returns the SHA-256 of the file. Raises ValueError if there are more or fewer bytes.
    """
    blobs = target / "blobs/sha256"
    blobs.mkdir(parents=True)
    header = tarfile.TarInfo(FILE_NAME)
    header.size, header.mode = size, 0o644
    content, layer, written = hashlib.sha256(), hashlib.sha256(), 0
    with (blobs / "layer").open("wb") as file:

        def write(piece: bytes | memoryview) -> int:
            layer.update(piece)
            return file.write(piece)

        write(header.tobuf())
        for piece in pieces:
            content.update(piece)
            written += write(piece)
        if written != size:
            raise ValueError(f"{written} bytes in place of {size}")
        # The file is padded to whole blocks of 512 bytes; two empty ones end the archive.
        write(bytes(-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
    (blobs / "layer").rename(blobs / layer.hexdigest())
    layer_size = (blobs / layer.hexdigest()).stat().st_size
    configuration = _write_json(
        blobs,
        "application/vnd.oci.image.config.v1+json",
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.hexdigest()}"]},
        },
    )
    manifest = _write_json(
        blobs,
        "application/vnd.oci.image.manifest.v1+json",
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": configuration,
            "layers": [
                _descriptor("application/vnd.oci.image.layer.v1.tar", layer.hexdigest(), layer_size),
            ],
        },
    )
    (target / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    (target / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    return content.hexdigest()


def _write_json(blobs: Path, media_type: str, document: dict[str, object]) -> dict[str, object]:
    text = json.dumps(document).encode()
    digest = hashlib.sha256(text).hexdigest()
    (blobs / digest).write_bytes(text)
    return _descriptor(media_type, digest, len(text))


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}
