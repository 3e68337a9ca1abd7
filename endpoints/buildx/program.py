"""Finds Docker Buildx on this machine."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from endpoints.buildx.errors import BuildxError
from endpoints.docker_login import configuration_directory

PLUGIN_DIRECTORIES = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where Docker looks for plugins beside a user's own (cli-plugins/manager/manager_unix.go of docker/cli)."""


def find_buildx(environment: Mapping[str, str]) -> Path:
    """Return the program: Docker's plugin, or one that stands alone on PATH; it runs without Docker's own.

    Raises BuildxError where there is none.
    """
    directories = [configuration_directory(environment) / "cli-plugins", *map(Path, PLUGIN_DIRECTORIES)]
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
