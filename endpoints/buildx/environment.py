"""The files and variables that a run of Buildx is given, for as long as it lasts."""

import base64
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from endpoints.buildx.errors import BuildxError
from endpoints.buildx.inputs import ImageInputs, Login
from endpoints.docker_login import CONFIGURATION, configuration_directory, read_configuration, server_key


@contextmanager
def prepared(inputs: ImageInputs, environment: Mapping[str, str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a directory with the build secrets, and Buildx's environment; both end with the block.

    Nobody but this account can read the directory. Raises BuildxError if Docker's configuration is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="buildx-") as name:
        directory = Path(name)
        for key, text in inputs.secrets.items():
            _write(directory / key, text)
        variables = {
            **environment,
            # The directory is a copy: its Git repository, if any, is this program's and not the code's.
            "BUILDX_GIT_INFO": "false",
            "BUILDX_METADATA_PROVENANCE": "disabled",
        }
        if inputs.login is not None:
            original = configuration_directory(environment)
            variables["DOCKER_CONFIG"] = str(_with_login(inputs.login, original, directory / "docker"))
        yield directory, variables


def _with_login(login: Login, original: Path, copy: Path) -> Path:
    """Make a configuration that differs from the original by one login; builders and contexts are kept."""
    copy.mkdir(mode=0o700)
    if original.is_dir():
        for path in original.iterdir():
            if path.name != CONFIGURATION:
                (copy / path.name).symlink_to(path)
    file = original / CONFIGURATION
    try:
        configuration = read_configuration(file)
    except (OSError, ValueError) as error:
        raise BuildxError(f"Docker's configuration {file} cannot be read: {error}") from None
    key = server_key(login.address)
    text = f"{login.username}:{login.password}".encode()
    entry = {"auth": base64.b64encode(text).decode()}
    configuration["auths"] = {**configuration.get("auths", {}), key: entry}
    # An empty name means this file, even where credentials of other registries are in a store.
    configuration["credHelpers"] = {**configuration.get("credHelpers", {}), key: ""}
    _write(copy / CONFIGURATION, json.dumps(configuration))
    return copy


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
