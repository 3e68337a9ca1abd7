"""Where an endpoint is defined, for messages about it that come up later."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from endpoints.errors import Problem


@dataclass(frozen=True)
class Definition:
    """The place of an endpoint in a valohai.yaml: `line` of its item, `key_lines` of its keys.

    `file` is the name that messages use for the manifest.
    """

    file: str
    name: str
    line: int
    key_lines: Mapping[str, int] = field(repr=False)

    def problem(self, key: str, text: str) -> Problem:
        """Return a problem of a key such as `resources.memory.max`, whose first part may be missing.

        The empty key means the whole endpoint.
        """
        line = self.key_lines.get(key.partition(".")[0], self.line)
        return Problem(self.file, line, f"{self.name}.{key}" if key else self.name, text)
