"""The images that must exist without any registry of the Internet: Python on Debian, and the pause container.

valohai.yaml files name `python:3.11-slim` and the like. Where docker.io cannot be reached, these names lead
to one image made here from Debian packages. Its Python is Debian's, so `python:3.9` is answered with Debian's
Python as well: good enough to try an endpoint, not to certify it.
"""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.commands import DOWNLOAD_LIMIT_SECONDS, run
from localcluster.errors import ClusterError
from localcluster.node.containerd import PAUSE_IMAGE
from localcluster.programs.cache import completed_directory
from localcluster.programs.system import SystemPrograms
from localcluster.registry.client import OCI_LAYER, RegistryClient, file_digest

PYTHON_REPOSITORY = "library/python"
PYTHON_TAGS = ("3.11-slim", "3.11", "3.9", "3.9-slim", "3", "latest")
"""Tags that lead to the local image; the first is the one that the examples use."""
DEBIAN_RELEASE = "bookworm"
MIRROR_VARIABLE = "LOCALCLUSTER_DEBIAN_MIRROR"
"""Environment variable with the URL of a Debian mirror; default: Debian's default mirror."""
PACKAGES = ("python3", "python3-venv", "python3-pip", "ca-certificates")
# As in the official image: `python` and `pip` exist, and pip may install beside the packages of the system.
CUSTOMIZATION = (
    "ln -s python3 {}/usr/bin/python && rm -f {}/usr/lib/python3*/EXTERNALLY-MANAGED",
    "rm -rf {}/var/lib/apt/lists/* {}/var/cache/apt/* {}/var/log/* {}/root/.cache",
)
"""Shell commands that run on the machine when the packages are installed; `{}` is the image's root."""
EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")
DESCRIPTION = (
    f"Stand-in made by localcluster from Debian {DEBIAN_RELEASE}; not the official image of this name"
)
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def python_layer(cache: Path) -> Path:
    """Where the Python image's one layer is, or will be; another recipe gives another place."""
    recipe = repr((DEBIAN_RELEASE, PACKAGES, CUSTOMIZATION, EXCLUDED, DESCRIPTION))
    return cache / "images" / f"python-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}" / "layer.tar"


def ensure_python_files(cache: Path, system: SystemPrograms, progress: Progress) -> Path:
    """Make the Python image's one layer unless the cache has it.

    Raises ClusterError when Debian cannot be reached.
    """
    layer = python_layer(cache)
    with completed_directory(layer.parent) as partial:
        if partial is not None:
            started = progress.elapsed
            progress.say(f"base image: installing Debian {DEBIAN_RELEASE} with Python into a new image")
            _bootstrap(partial / layer.name, system)
            progress.say(f"base image: made in {progress.elapsed - started:.0f} s")
    return layer


def push_python_image(client: RegistryClient, cache: Path, stamp: Path) -> None:
    """Push the Python image under every tag that the registry lacks; under all when its recipe has changed.

    `stamp` is a file that remembers the recipe. An image that was loaded under one of the tags is left alone.
    """
    layer = python_layer(cache)
    recipe = layer.parent.name
    changed = not stamp.exists() or stamp.read_text() != recipe
    tags = tuple(tag for tag in PYTHON_TAGS if changed or not client.has_manifest(PYTHON_REPOSITORY, tag))
    if tags:
        _push(client, PYTHON_REPOSITORY, tags, layer, ["python3"])
        stamp.write_text(recipe)


def push_pause_image(client: RegistryClient, program: Path) -> None:
    """Push the pause container unless the registry has it."""
    repository, _, tag = PAUSE_IMAGE.partition(":")
    push_program_image(client, repository, tag, program)


def push_program_image(client: RegistryClient, repository: str, tag: str, program: Path) -> None:
    """Push an image with only one statically linked program, unless the registry has that tag.

    A container runs it as `/<its file's name>`, as a user without rights.
    """
    if client.has_manifest(repository, tag):
        return
    with tempfile.TemporaryDirectory() as directory:
        layer = Path(directory, "layer.tar")
        with tarfile.open(layer, "w") as archive:
            entry = archive.gettarinfo(program, program.name)
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            entry.mode = 0o755
            with program.open("rb") as file:
                archive.addfile(entry, file)
        _push(client, repository, (tag,), layer, [f"/{program.name}"], user="65535:65535")


def _push(
    client: RegistryClient,
    repository: str,
    tags: tuple[str, ...],
    layer: Path,
    command: Sequence[str],
    user: str = "",
) -> None:
    described = client.push_blob(repository, layer, OCI_LAYER)
    configuration = {
        "architecture": run(["dpkg", "--print-architecture"]).strip(),
        "os": "linux",
        "config": {
            "Env": [PATH, "LANG=C.UTF-8"],
            "Cmd": list(command),
            "User": user,
            "WorkingDir": "/",
            "Labels": {"org.opencontainers.image.description": DESCRIPTION},
        },
        "rootfs": {"type": "layers", "diff_ids": [file_digest(layer)]},
    }
    client.push_image(repository, tags, json.dumps(configuration).encode(), [described])


def _bootstrap(layer: Path, system: SystemPrograms) -> None:
    command = [
        f"{system.directory}/usr/bin/mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(PACKAGES)}",
        f"--keyring={system.directory}/usr/share/keyrings",
        # apt's own user cannot read the keys in root's cache.
        '--aptopt=APT::Sandbox::User "root"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED),
        *(f"--customize-hook={hook.replace('{}', chr(34) + '$1' + chr(34))}" for hook in CUSTOMIZATION),
        DEBIAN_RELEASE,
        str(layer),
        *([mirror] if (mirror := os.environ.get(MIRROR_VARIABLE)) else []),
    ]
    environment = {**os.environ, "PATH": system.environment()["PATH"]}
    try:
        run(command, environment=environment, limit_seconds=DOWNLOAD_LIMIT_SECONDS)
    except ClusterError as failure:
        raise ClusterError(
            "making the Python base image failed. If Debian's default mirror cannot be reached, set "
            f"{MIRROR_VARIABLE} to another mirror. {failure}"
        ) from None
