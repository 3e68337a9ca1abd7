"""Finds Docker Buildx on this machine."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from endpoints.buildx.errors import BuildxError

PLUGIN_DIRECTORIES = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where Docker looks for plugins beside a user's own (cli-plugins/manager/manager_unix.go of docker/cli)."""


def docker_configuration(environment: Mapping[str, str]) -> Path:
    """Return the directory of Docker's configuration, which may not exist."""
    home = Path(environment.get("HOME", "~")).expanduser()
    return Path(environment.get("DOCKER_CONFIG") or home / ".docker")


def find_buildx(environment: Mapping[str, str]) -> Path:
    """Return the program: Docker's plugin, or one that stands alone on PATH; it runs without Docker's own.

    Raises BuildxError where there is none.
    """
    directories = [docker_configuration(environment) / "cli-plugins", *map(Path, PLUGIN_DIRECTORIES)]
    for directory in directories:
        program = directory / "docker-buildx"
        if os.access(program, os.X_OK):
            return program
    for name in ("buildx", "docker-buildx"):
        if found := shutil.which(name, path=environment.get("PATH")):
            return Path(found)
    raise BuildxError(
        "Docker Buildx is not installed on this machine, which builds images with attestations; install it "
        "(https://docs.docker.com/build/install-buildx/), or remove attestations of the stack's builder"
    )
