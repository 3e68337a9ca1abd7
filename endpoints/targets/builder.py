"""Who builds images."""

from dataclasses import dataclass
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.settings import Settings


@dataclass(frozen=True)
class ImageBuilder:
    """Who builds images."""

    name: str | None
    """Name of a buildx builder; None for the current one."""
    certificates: str | None
    """PEM certificates that a build's downloads trust; None for those of the base image."""


def image_builder(settings: Settings, root: Path) -> ImageBuilder:
    """Return the builder that the settings name; raises ProjectError where its file cannot be read."""
    authority = settings.builder.certificate_authority
    if authority is None:
        return ImageBuilder(settings.builder.name, None)
    try:
        return ImageBuilder(settings.builder.name, (root / authority).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        text = f"the file {authority} cannot be read: {reason}; give a file of PEM certificates"
        raise ProjectError(settings.problem(("builder", "certificateAuthority"), text)) from None
