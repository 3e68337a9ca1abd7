"""The files and variables that a run of Buildx is given, for as long as it lasts."""

import base64
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from endpoints.image.docker_login import (
    CONFIGURATION,
    configuration_directory,
    read_configuration,
    server_key,
)
from endpoints.image.dockerfile import KNOWN_HOSTS_SECRET


class BuildxError(Exception):
    """An error that the user can fix. The message says what was found and is shown unchanged."""


@dataclass(frozen=True)
class Login:
    """Who pushes, in place of the machine's own docker login."""

    address: str
    username: str
    password: str


@dataclass(frozen=True)
class ImageInputs:
    """The properties of `buildx:index:Image`, as endpoints/resources/attested_image.py gives them.

    `context` and the values of `named_contexts` are relative to the directory of Pulumi.yaml. `builder` is
    None for the current one, `platforms` empty for its own, `cache` None where no layers are kept elsewhere,
    `generator` None for BuildKit's own choice. `ssh` lets the build use this machine's SSH agent.
    """

    repository: str
    tag: str
    dockerfile: str
    context: str
    named_contexts: Mapping[str, str]
    sbom: bool
    generator: str | None
    provenance: str
    builder: str | None
    platforms: tuple[str, ...]
    cache: str | None
    secrets: Mapping[str, str]
    login: Login | None
    ssh: bool = False

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Self:
        """Read the properties that the program has given."""
        attestations = properties["attestations"]
        return cls(
            repository=properties["repository"],
            tag=properties["tag"],
            dockerfile=properties["dockerfile"],
            context=properties["context"],
            named_contexts=properties.get("namedContexts", {}),
            sbom=attestations["sbom"],
            generator=attestations.get("generator"),
            provenance=attestations["provenance"],
            builder=properties.get("builder"),
            platforms=tuple(properties.get("platforms", ())),
            cache=properties.get("cache"),
            secrets=properties.get("secrets", {}),
            login=Login(**properties["login"]) if "login" in properties else None,
            ssh=properties.get("ssh", False),
        )

    @property
    def name(self) -> str:
        """Repository and tag."""
        return f"{self.repository}:{self.tag}"

    @property
    def secret_texts(self) -> list[str]:
        """What no message may show: the password, and the words of the build secrets that are not short."""
        hidden = [text for name, text in self.secrets.items() if name != KNOWN_HOSTS_SECRET]
        words = [word for text in hidden for word in text.split() if len(word) >= _SHORT]
        return [*([self.login.password] if self.login else []), *words]


_SHORT = 8
"""Words of fewer characters are the syntax of a secret's file; without them no message could be read."""


UNDECIDING = frozenset({"builder", "cache", "context", "login", "secrets", "ssh"})
"""Properties that do not decide what is in the image: another value of theirs builds nothing again.

What `context` holds is told by `content`; named contexts have names that tell it.
"""


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of properties whose difference makes another image, sorted."""
    return sorted(key for key in {*old, *new} - UNDECIDING if old.get(key) != new.get(key))


@contextmanager
def prepared(inputs: ImageInputs, environment: Mapping[str, str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a directory with the build secrets, and Buildx's environment; both end with the block.

    Only this account can read the directory. Raises BuildxError if Docker's configuration is damaged.
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
