"""Where a model file comes from."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from endpoints.settings.model import Model
from endpoints.settings.values import Sha256, Text, rule

WEB_SCHEMES = ("https", "http")
"""Schemes that the image builder itself fetches."""

STORE_SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
"""Schemes of object stores: Amazon S3 and its relatives, Google Cloud Storage, Azure Blob Storage."""


def _is_uri(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    # Azure writes abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, which names nobody.
    if scheme in WEB_SCHEMES and "@" in rest.partition("/")[0]:
        # Begins otherwise than the rest: what was found must not be shown.
        raise rule("holds a user name or password; leave it out, since the URI is readable in the state")
    if not separator or scheme not in (*WEB_SCHEMES, *STORE_SCHEMES) or not re.fullmatch(r"[!-~]+", rest):
        schemes = ", ".join(f"{known}://" for known in (*WEB_SCHEMES, *STORE_SCHEMES))
        raise rule(f"allowed: a URI of {schemes} without blanks; for a file of this machine give path")
    if not rest.partition("/")[2] or rest.endswith("/"):
        raise rule("allowed: the URI of a file, such as s3://models/digits/model.npz")
    return value


Uri = Annotated[str, AfterValidator(_is_uri)]


class FileSettings(Model):
    """Where a model file of the manifest comes from.

    `path` is a local file, relative to Pulumi.yaml's directory; `uri` is the other choice. `sha256` is the
    expected digest in 64 hexadecimal digits; None means that any content is accepted.
    """

    path: Text | None = None
    uri: Uri | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.path is None) == (self.uri is None):
            raise rule("allowed: exactly one of path and uri")
        return self
