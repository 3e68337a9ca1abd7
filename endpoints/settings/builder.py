"""Who builds images."""

from endpoints.settings.model import Model
from endpoints.settings.values import Text


class Builder(Model):
    """Who builds images, and what a build needs to reach the package index.

    `name` is a buildx builder (None: the current one). `certificate_authority` is the path of a PEM file,
    needed where a proxy signs TLS anew; it reaches the build as a secret and is never part of an image.
    """

    name: Text | None = None
    certificate_authority: Text | None = None
