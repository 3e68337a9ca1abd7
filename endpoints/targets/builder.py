"""Who builds images."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.package_index import pip_configuration
from endpoints.settings import Attestations, BuildkitBuilder, DockerBuilder, PackageIndex, Settings


@dataclass(frozen=True)
class ImageBuilder:
    """Who builds images, and what builds are given beyond what they are made of."""

    name: str | None
    """Name of a buildx builder; None for the current one."""
    certificates: str | None
    """PEM certificates that a build's downloads trust; None for those of the base image."""
    platforms: tuple[str, ...] = ()
    """What images are built for; none means the builder's own platform."""
    cache: str | None = None
    """Repository below which layers are kept for other builders."""
    index: str | None = None
    """URL of the package index; None for pip's own choice."""
    pip_configuration: SecretStr | None = None
    """Text of pip's configuration, with the index and its credentials."""
    attestations: Attestations | None = None
    """What is pushed with each image, to tell of it."""


def image_builder(settings: Settings, root: Path) -> ImageBuilder:
    """Return the builder that the settings name; raises ProjectError where its file cannot be read."""
    match settings.builder:
        case BuildkitBuilder() as builder:
            return ImageBuilder(
                name=builder.name,
                certificates=_certificates(builder.certificate_authority, settings, root),
                platforms=builder.platforms,
                cache=builder.cache.repository if builder.cache else None,
                index=builder.index.url if builder.index else None,
                pip_configuration=_pip_configuration(builder.index, settings) if builder.index else None,
                attestations=builder.attestations,
            )
        case DockerBuilder(platform=str(platform)):
            return ImageBuilder(None, None, (platform,))
        case _:
            return ImageBuilder(None, None)


def _certificates(path: str | None, settings: Settings, root: Path) -> str | None:
    if path is None:
        return None
    try:
        return (root / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        text = f"the file {path} cannot be read: {reason}; give a file of PEM certificates"
        raise ProjectError(settings.problem(("builder", "certificateAuthority"), text)) from None


def _pip_configuration(index: PackageIndex, settings: Settings) -> SecretStr:
    # A secret that does not exist is told by the plan.
    known = settings.secrets.get(index.password.name) if index.password else None
    password = known.get_secret_value() if known else None
    return SecretStr(pip_configuration(index.url, index.extra_urls, index.username, password))
