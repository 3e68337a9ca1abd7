"""Fetches model files from object stores: Amazon S3, Google Cloud Storage, Azure Blob Storage.

Credentials and endpoints come from the environment, as the stores' own tools have them:
https://developmentseed.org/obstore/latest/authentication/
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from endpoints.errors import ProjectError
from endpoints.image.file_image import write_image_layout
from endpoints.source.store import Store, text_digest

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_LONGEST_TRANSFER = timedelta(hours=6)
_LONGEST_RETRY = timedelta(seconds=30)
_PIECE_BYTES = 4 * 1024 * 1024
"""How much of a file is in memory at a time."""


class StoreAccess(Enum):
    """How far object stores may be asked: what needs no network at all asks nothing, a preview no content."""

    NOTHING = "nothing"
    METADATA = "metadata"
    CONTENT = "content"


@dataclass(frozen=True)
class StoredObject:
    """A file in an object store, and what tells its content from any other.

    `content` is the expected SHA-256 or, where none is given, what the store says of the object.
    """

    uri: str
    sha256: str | None
    content: str

    def layout(self, root: Path) -> Path:
        """Return where the file is put, as an image layout: see `write_image_layout`."""
        return Store(root, "models").directory / self._name

    def fetch(self, root: Path) -> None:
        """Fetch the file, if it is not there yet; raises ProjectError if that fails or it is another one."""
        store = Store(root, "models")
        if store.find(self._name) is None:
            store.add(self._fill, self._name)

    @property
    def _name(self) -> str:
        return text_digest("stored object", self.content)

    def _fill(self, target: Path) -> None:
        with _readable_errors(self.uri):
            import obstore

            store, name = _locate(self.uri)
            found = obstore.get(store, name)
            pieces = found.stream(min_chunk_size=_PIECE_BYTES)
            sha256 = write_image_layout(target, found.meta["size"], (memoryview(piece) for piece in pieces))
        if self.sha256 not in (None, sha256):
            raise ProjectError(
                f"{self.uri}: found sha256 {sha256}, expected {self.sha256}; correct the URI, or set "
                "the new sha256 if the change is intended"
            )


def find_stored_object(uri: str, sha256: str | None, access: StoreAccess) -> StoredObject:
    """Return the object at `uri`; raises ProjectError if it has to be looked up and cannot be.

    With a SHA-256 nothing is asked of the store. Without one it is asked for what it knows of the object: its
    entity tag, or else its size and time of change.
    """
    if sha256 is not None or access is StoreAccess.NOTHING:
        return StoredObject(uri, sha256, sha256 or uri)
    with _readable_errors(uri):
        import obstore

        store, name = _locate(uri)
        known = obstore.head(store, name)
        tag = known["e_tag"] or f"{known['size']} {known['last_modified'].isoformat()}"
        return StoredObject(uri, None, f"{uri} {tag}")


def _locate(uri: str) -> tuple["ObjectStore", str]:
    """Return the store of the object's directory, and its name there."""
    # Only programs whose stack has such a file wait for this import.
    from obstore.store import from_url

    directory, _, name = uri.rpartition("/")
    store = from_url(
        directory,
        client_options={
            "connect_timeout": timedelta(seconds=10),
            "timeout": _LONGEST_TRANSFER,
            # A store of one's own may have an endpoint without TLS; the public ones have none.
            "allow_http": True,
        },
        retry_config={"max_retries": 3, "retry_timeout": _LONGEST_RETRY},
    )
    return store, name


@contextmanager
def _readable_errors(uri: str) -> Iterator[None]:
    """Turn what can happen with an object store into one line that says what to do."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except FileNotFoundError:
        text = f"{uri}: there is no such object; correct the URI, or upload the file"
        raise ProjectError(text) from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise ProjectError(
            f"{uri}: the store denies access; set credentials that can read it in the environment"
        ) from None
    except (BaseError, OSError, ValueError) as error:
        raise ProjectError(f"{uri}: cannot be fetched: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    """Return what went wrong without the library's own debugging output."""
    return str(error).strip().partition("\n")[0]
