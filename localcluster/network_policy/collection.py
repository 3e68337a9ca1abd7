"""The agent's copy of one kind of the API's objects."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

Kept = TypeVar("Kept")


class Collection(Generic[Kept]):
    """Objects by namespace and name, as `read` makes them of the API's; where it gives None, there is none.

    `changed` is called after each change of what is kept, and not for what the agent does not look at.
    """

    def __init__(self, read: Callable[[Mapping[str, Any]], Kept | None], changed: Callable[[], None]) -> None:
        self._read = read
        self._changed = changed
        self.is_complete = False
        self.objects: Mapping[tuple[str, str], Kept] = {}

    def replace(self, contents: list[Any]) -> None:
        """Take the complete list."""
        objects = {_key(content): kept for content in contents if (kept := self._read(content)) is not None}
        first, self.is_complete = not self.is_complete, True
        self._keep(objects, force=first)

    def change(self, event: str, content: Any) -> None:
        """Take one change: ADDED, MODIFIED or DELETED."""
        kept = None if event == "DELETED" else self._read(content)
        objects = {key: value for key, value in self.objects.items() if key != _key(content)}
        if kept is not None:
            objects[_key(content)] = kept
        self._keep(objects)

    def _keep(self, objects: Mapping[tuple[str, str], Kept], *, force: bool = False) -> None:
        if force or objects != self.objects:
            # Replaced as a whole, never changed: a reader in another thread sees one state or the next.
            self.objects = objects
            self._changed()


def _key(content: Mapping[str, Any]) -> tuple[str, str]:
    metadata = content["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
