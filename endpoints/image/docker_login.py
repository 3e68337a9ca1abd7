"""Reads who this machine is logged in as at a registry, as ``docker login`` keeps it.

https://docs.docker.com/reference/cli/docker/login/#credential-stores

The Docker SDK's `docker.auth` stays out: it takes a damaged file for one without logins, reads another file
where `DOCKER_CONFIG` has none, waits for a credential helper for ever, and quotes in its error what that
printed.
"""

import base64
import binascii
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from endpoints.errors import ProjectError

PULL_SECRET_TYPE = "kubernetes.io/dockerconfigjson"
"""The type of Secrets that nodes can pull with; nothing else here has it."""

DOCKER_HUB = "https://index.docker.io/v1/"
"""What Docker calls its own registry in configuration files."""

CONFIGURATION = "config.json"
"""The file in the directory of Docker's configuration that has logins in it."""

_SECONDS = 30


@dataclass(frozen=True)
class Credentials:
    """A registry's user and its password or token."""

    username: str
    password: SecretStr


def server_key(address: str) -> str:
    """Return how configuration files name the registry at `address`, a host with an optional port."""
    return DOCKER_HUB if address in ("docker.io", "index.docker.io") else address


def configuration_directory(environment: Mapping[str, str]) -> Path:
    """Return the directory of Docker's configuration, which may not exist."""
    home = Path(environment.get("HOME", "~")).expanduser()
    return Path(environment.get("DOCKER_CONFIG") or home / ".docker")


def read_configuration(file: Path) -> dict[str, Any]:
    """Return the content of a `config.json`, empty where there is none.

    Raises OSError or ValueError, which say why it cannot be read, for callers to tell what for.
    """
    try:
        configuration = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(configuration, dict):
        raise ValueError("it is not a JSON object")
    return configuration


def docker_login(address: str, environment: Mapping[str, str]) -> Credentials:
    """Return the credentials of the registry at `address`; raises ProjectError if there are none."""
    file = configuration_directory(environment) / CONFIGURATION
    try:
        configuration = read_configuration(file)
    except (OSError, ValueError) as error:
        raise ProjectError(f"the docker login in {file} cannot be read: {error}") from None
    key = server_key(address)
    helper = configuration.get("credHelpers", {}).get(key) or configuration.get("credsStore")
    found = _ask_helper(helper, key, environment) if helper else None
    found = found or _stored(_entry(configuration.get("auths", {}), key))
    if found is None:
        raise ProjectError(f"this machine is not logged in to {address}; run: docker login {address}")
    return found


def _entry(logins: Mapping[str, Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    """Return a registry's login; older versions of Docker have written its URL as it was given to them."""
    hosts = {re.sub(r"^https?://|/.*", "", name): entry for name, entry in logins.items()}
    return logins.get(key) or hosts.get(key) or {}


def _stored(entry: Mapping[str, Any]) -> Credentials | None:
    try:
        username, colon, password = base64.b64decode(entry.get("auth", "")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credentials(username, SecretStr(password)) if colon else None


def _ask_helper(helper: str, key: str, environment: Mapping[str, str]) -> Credentials | None:
    """Ask a credential helper, which says nothing useful where it knows no credentials."""
    try:
        answer = subprocess.run(
            [f"docker-credential-{helper}", "get"],
            input=key,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        known = json.loads(answer.stdout)
        return Credentials(known["Username"], SecretStr(known["Secret"]))
    except FileNotFoundError:
        text = f"docker-credential-{helper}, which stores the docker login, is not on PATH; install it"
        raise ProjectError(text) from None
    except (subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
