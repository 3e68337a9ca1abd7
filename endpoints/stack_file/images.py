"""How images are built, the model files in them, and the registry that they are in."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from endpoints.stack_file.values import (
    SENSITIVE,
    ImageReference,
    Model,
    ObjectName,
    Repository,
    Sha256,
    StoredSecret,
    Text,
    rule,
)


def _check_both_or_none(username: str | None, password: object, neither: str) -> None:
    if (username is None) != (password is None):
        missing = "username" if username is None else "password"
        raise rule(f"{missing} is missing; set username and password, or {neither}")


class PullSecret(Model):
    """The credentials that the cluster's nodes pull images with."""

    kind: Literal["credentials", "docker-login", "existing", "none"] = Field(
        description="`credentials`: `username` and `password`. `docker-login`: this machine's docker login, "
        "as it is during `pulumi up`. `existing`: the Secret `name`. `none`: nodes can pull without a Secret",
    )
    username: Text | None = Field(
        default=None, description="For `credentials`: an account that may pull; it needs no other right"
    )
    password: SecretStr | None = Field(
        default=None,
        json_schema_extra=SENSITIVE,
        description="For `credentials`. Set it with `pulumi config set --secret --path "
        "'endpoints:registry.pullSecret.password'`",
    )
    name: ObjectName | None = Field(
        default=None,
        description="For `existing`: a Secret of type `kubernetes.io/dockerconfigjson` in the namespace of "
        "each deployment",
    )

    @model_validator(mode="after")
    def _has_the_keys_of_its_kind(self) -> Self:
        needed = {"credentials": ("username", "password"), "existing": ("name",)}.get(self.kind, ())
        for key in ("username", "password", "name"):
            given = getattr(self, key) is not None
            if given and key not in needed:
                raise rule(f"{key} is not for kind {self.kind}; remove it")
            if not given and key in needed:
                raise rule(f"{key} is missing; kind {self.kind} needs it; add it")
        return self


class Registry(Model):
    """Where images are pushed to and pulled from."""

    repository: Repository = Field(
        description="`host[:port][/path]`; images are stored below it. Docker Hub is `docker.io/ACCOUNT`"
    )
    username: Text | None = Field(
        default=None,
        description="Account that pushes, together with `password`. Without both, this machine's docker "
        "login is used",
    )
    password: SecretStr | None = Field(
        default=None,
        json_schema_extra=SENSITIVE,
        description="Set it with `pulumi config set --secret --path 'endpoints:registry.password'`",
    )
    pull_secret: PullSecret | None = Field(
        default=None,
        description="What nodes pull with. Without it, `username` and `password`; without these, nodes pull "
        "without a Secret",
    )

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        _check_both_or_none(self.username, self.password, "neither to use docker login")
        return self


def _is_index_url(value: str) -> str:
    if re.match(r"https?://[^/]*@", value):
        # Does not begin with `allowed`: what was found must not be shown.
        raise rule("holds a user name or password; give them as username and password of the index")
    if not re.fullmatch(r"https?://[^\s/@]+(/[^\s@]*)?", value):
        raise rule("allowed: the URL of a package index: https://pypi.acme.example/simple")
    return value


def _is_platform(value: str) -> str:
    if not re.fullmatch(r"linux/[a-z0-9]+(/v[0-9]+)?", value):
        raise rule("allowed: linux/amd64, linux/arm64 or another Linux platform")
    return value


def _buildkit_by_default(value: object) -> object:
    return {"kind": "buildkit", **value} if isinstance(value, Mapping) and "kind" not in value else value


IndexUrl = Annotated[str, AfterValidator(_is_index_url)]
Platform = Annotated[str, AfterValidator(_is_platform)]


class PackageIndex(Model):
    """Where pip gets packages from, instead of PyPI.

    The credentials reach pip as a build secret: no layer, history or command line holds them.
    """

    url: IndexUrl = Field(description="URL of the index, such as `https://pypi.acme.example/simple`")
    extra_urls: tuple[IndexUrl, ...] = Field(default=(), description="URLs of further indexes")
    username: Text | None = Field(
        default=None,
        description="Account of the index, together with `password`; for `url`, and for those of "
        "`extraUrls` on the same host",
    )
    password: StoredSecret | None = Field(
        default=None,
        json_schema_extra=SENSITIVE,
        description="`{secret: NAME}`: the entry of `secrets` that holds the password",
    )

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        _check_both_or_none(self.username, self.password, "neither")
        return self


class BuildCache(Model):
    """Where builders keep the layers that they have built, for other builders to use."""

    repository: Repository = Field(
        description="`host[:port]/path`; the layers of each endpoint are kept in a repository below it"
    )


class Attestations(Model):
    """What is recorded of an image and stored beside it: https://docs.docker.com/build/metadata/attestations/."""

    sbom: bool = Field(default=True, description="Whether to list the software in the image (SBOM)")
    generator: ImageReference | None = Field(
        default=None,
        description="Image that makes the SBOM. Without it, BuildKit's choice: "
        "`docker/buildkit-syft-scanner` of Docker Hub",
    )
    provenance: Literal["none", "min", "max"] = Field(
        default="min",
        description="What to record of the build. `min`: the base image and the downloads. `max`: also the "
        "Dockerfile and the build arguments. `none`: nothing",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.sbom and self.provenance == "none":
            raise rule("has no effect: sbom is false and provenance is none; remove attestations")
        if not self.sbom and self.generator is not None:
            raise rule("has a generator, which makes an SBOM, but sbom is false; remove one of them")
        return self


class Ssh(Model):
    """How requirements of private git repositories are fetched by SSH."""

    known_hosts: Text = Field(
        description="File with the public keys of hosts, as `ssh-keyscan HOST` prints them, relative to the "
        "directory of Pulumi.yaml. Other hosts are refused"
    )


class BuildkitBuilder(Model):
    """BuildKit, by Docker Buildx."""

    kind: Literal["buildkit"] = Field(
        default="buildkit",
        description="`buildkit`, the default, `docker` or `none`; [images.md](images.md#who-builds) helps "
        "to choose",
    )
    name: Text | None = Field(default=None, description="A buildx builder. Without it, the current one")
    certificate_authority: Text | None = Field(
        default=None,
        description="PEM file of an authority that builds trust, where a proxy re-signs TLS. It is not "
        "stored in any image",
    )
    index: PackageIndex | None = Field(
        default=None, description="Package index that pip uses instead of PyPI"
    )
    ssh: Ssh | None = Field(
        default=None,
        description="Lets the installation of requirements use this machine's SSH agent for "
        "`git+ssh://` addresses. No layer has its keys",
    )
    platforms: tuple[Platform, ...] = Field(
        default=(),
        description="Platforms of the cluster's nodes, such as `[linux/arm64]`. Without it, the builder's "
        "own",
    )
    cache: BuildCache | None = Field(
        default=None, description="Where to keep layers for builders on other machines"
    )
    attestations: Attestations | None = Field(
        default=None,
        description="SBOM and provenance to push with each image; `{}` means both. Docker Buildx must be "
        "installed on this machine. [images.md](images.md#sbom-and-provenance) says who reads them",
    )


class DockerBuilder(Model):
    """The Docker daemon of this machine, for machines without a builder that Buildx can use."""

    kind: Literal["docker"] = Field(description="`docker`: the Docker daemon of this machine")
    platform: Platform | None = Field(
        default=None,
        description="Platform of the cluster's nodes, such as `linux/amd64`. Without it, the daemon's own",
    )


class NoBuilder(Model):
    """No images are built: every endpoint runs a ready one."""

    kind: Literal["none"] = Field(
        description="`none`: every endpoint runs a ready image, its `image` here or in valohai.yaml"
    )


Builder = Annotated[
    Annotated[BuildkitBuilder | DockerBuilder | NoBuilder, Field(discriminator="kind")],
    BeforeValidator(_buildkit_by_default),
]
"""How images are built; without a `kind` by BuildKit."""


WEB_SCHEMES = ("https", "http")
"""Schemes that the image builder itself fetches."""

STORE_SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
"""Schemes of object stores: Amazon S3 and compatible ones, Google Cloud Storage, Azure Blob Storage."""


def _is_uri(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    # Azure writes abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, which holds no user name.
    if scheme in WEB_SCHEMES and "@" in rest.partition("/")[0]:
        # Does not begin with `allowed`: what was found must not be shown.
        raise rule("holds a user name or password; leave it out, since the URI is readable in the state")
    if not separator or scheme not in (*WEB_SCHEMES, *STORE_SCHEMES) or not re.fullmatch(r"[!-~]+", rest):
        schemes = ", ".join(f"{known}://" for known in (*WEB_SCHEMES, *STORE_SCHEMES))
        raise rule(f"allowed: a URI of {schemes} without spaces; for a file of this machine set path")
    if not rest.partition("/")[2] or rest.endswith("/"):
        raise rule("allowed: the URI of a file, such as s3://models/digits/model.npz")
    return value


Uri = Annotated[str, AfterValidator(_is_uri)]


class FileSettings(Model):
    """Where a model file of valohai.yaml comes from."""

    path: Text | None = Field(
        default=None, description="A file of this machine, relative to the directory of Pulumi.yaml"
    )
    uri: Uri | None = Field(
        default=None,
        description="Instead of `path`: a file on the web (`https://`, `http://`) or in an object store "
        "(`s3://`, `gs://`, `az://`, `abfs://`, `abfss://`)",
    )
    sha256: Sha256 | None = Field(
        default=None,
        description="Expected SHA-256 of the file, 64 hexadecimal digits. Other content is refused: of a "
        "`path` in the preview, of a `uri` when the image is built. Without it, any content is accepted",
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.path is None) == (self.uri is None):
            raise rule("allowed: exactly one of path and uri")
        return self
