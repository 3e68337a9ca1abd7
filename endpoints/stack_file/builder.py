"""Who builds images, and what a build needs to reach what it is made of."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from endpoints.stack_file.model import Model
from endpoints.stack_file.values import SENSITIVE, ImageReference, Repository, SecretReference, Text, rule


def _is_index_url(value: str) -> str:
    if re.match(r"https?://[^/]*@", value):
        # Begins otherwise than the rest: what was found must not be shown.
        raise rule("holds a user name or password; give them as username and password of the index")
    if not re.fullmatch(r"https?://[^\s/@]+(/[^\s@]*)?", value):
        raise rule("allowed: the URL of a package index: https://pypi.acme.example/simple")
    return value


def _is_platform(value: str) -> str:
    if not re.fullmatch(r"linux/[a-z0-9]+(/v[0-9]+)?", value):
        raise rule("allowed: linux/amd64, linux/arm64 or another platform of Linux")
    return value


def _is_secret_reference(value: object) -> SecretReference:
    if isinstance(value, Mapping) and set(value) == {"secret"} and isinstance(value["secret"], str):
        return SecretReference(value["secret"])
    raise rule("allowed: {secret: NAME}, the name of an entry of the stack's secrets")


def _buildkit_by_default(value: object) -> object:
    return {"kind": "buildkit", **value} if isinstance(value, Mapping) and "kind" not in value else value


IndexUrl = Annotated[str, AfterValidator(_is_index_url)]
Platform = Annotated[str, AfterValidator(_is_platform)]


class PackageIndex(Model):
    """Where pip gets packages from, in place of PyPI.

    `extra_urls` are further indexes. `username` and `password` are for `url` and those of the others that are
    on the same host. They reach pip as a build secret: no layer, history or command line holds them.
    """

    url: IndexUrl
    extra_urls: tuple[IndexUrl, ...] = ()
    username: Text | None = None
    password: Annotated[SecretReference, PlainValidator(_is_secret_reference)] | None = Field(
        default=None, json_schema_extra=SENSITIVE
    )

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.username is None else "password"
            raise rule(f"{missing} is missing; give username and password, or neither")
        return self


class BuildCache(Model):
    """Where builders keep the layers that they have built, for others to take from.

    `repository` is `host[:port]/path` in a registry; each endpoint has a repository of its own below it.
    """

    repository: Repository


class Attestations(Model):
    """What is said of an image beside it, for those who scan it or ask where it comes from.

    `sbom` lists what is installed in it; `generator` is the image that finds it out (None: BuildKit's choice,
    docker.io/docker/buildkit-syft-scanner). `provenance` says what it was built from: `min` the images and
    files that it began with, `max` the Dockerfile and build arguments as well.
    https://docs.docker.com/build/metadata/attestations/
    """

    sbom: bool = True
    generator: ImageReference | None = None
    provenance: Literal["none", "min", "max"] = "min"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.sbom and self.provenance == "none":
            raise rule("asks for nothing: sbom is false and provenance is none; remove attestations")
        if not self.sbom and self.generator is not None:
            raise rule("has a generator, which makes an SBOM, and sbom is false; remove one of them")
        return self


class BuildkitBuilder(Model):
    """BuildKit, by Docker Buildx.

    `name` is a buildx builder (None: the current one). `certificate_authority` is the path of a PEM file,
    needed where a proxy signs TLS anew; it reaches the build as a secret and is never part of an image.
    `platforms` are those of the cluster's nodes (none: the builder's own). `attestations` are pushed with
    each image (None: no attestations); with them the machine's own Docker Buildx builds.
    """

    kind: Literal["buildkit"] = "buildkit"
    name: Text | None = None
    certificate_authority: Text | None = None
    index: PackageIndex | None = None
    platforms: tuple[Platform, ...] = ()
    cache: BuildCache | None = None
    attestations: Attestations | None = None


class DockerBuilder(Model):
    """The Docker daemon of this machine, for machines without a builder that Buildx can use.

    `platform` is that of the cluster's nodes (None: the daemon's own).
    """

    kind: Literal["docker"]
    platform: Platform | None = None


class NoBuilder(Model):
    """Nobody: every endpoint runs a ready image: its `image` in the stack file, or else in valohai.yaml."""

    kind: Literal["none"]


Builder = Annotated[
    Annotated[BuildkitBuilder | DockerBuilder | NoBuilder, Field(discriminator="kind")],
    BeforeValidator(_buildkit_by_default),
]
"""Who builds images; without a `kind` it is BuildKit."""
