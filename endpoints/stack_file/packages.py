"""What is installed into images that are built."""

from collections.abc import Mapping

from pydantic import Field

from endpoints.stack_file.values import (
    SENSITIVE,
    BuildSecretName,
    Model,
    RelativePath,
    StoredSecret,
    SystemPackage,
)

Packages = tuple[SystemPackage, ...]


class PackageSettings(Model):
    """What an image that is built gets beyond its base image, and what it takes to install it."""

    requirements: RelativePath | None = Field(
        default=None,
        description="File of the project with its Python packages: a requirements file, `pyproject.toml`, "
        "`uv.lock`, `poetry.lock` or `Pipfile.lock`, see [images.md](images.md#requirements). Without it, "
        "`requirements-deployment.txt` or, if there is none, `requirements.txt`",
    )
    system_packages: Packages = Field(
        default=(),
        description="Packages of the image's distribution to install, such as `[libgomp1]`, see "
        "[images.md](images.md#system-packages)",
    )
    build_packages: Packages = Field(
        default=(),
        description="Packages of the distribution that are there only while requirements are installed, "
        "such as `[build-essential, git]`",
    )
    build_secrets: Mapping[BuildSecretName, StoredSecret] = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Environment variables that only the installation of requirements gets: "
        "`{GIT_TOKEN: {secret: NAME}}`, see [images.md](images.md#private-requirements)",
    )
