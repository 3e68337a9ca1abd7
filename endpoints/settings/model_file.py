"""Where a model file comes from."""

from typing import Self

from pydantic import model_validator

from endpoints.settings.model import Model
from endpoints.settings.values import Sha256, Text, rule


class FileSettings(Model):
    """Where a model file of the manifest comes from.

    `path` is a local file, relative to Pulumi.yaml's directory; `uri` is the other choice. `sha256` is the
    expected digest in 64 hexadecimal digits; None means that any content is accepted.
    """

    path: Text | None = None
    uri: Text | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.path is None) == (self.uri is None):
            raise rule("allowed: exactly one of path and uri")
        return self
