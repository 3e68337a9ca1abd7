"""Which prefix a request came by."""

import re
from typing import Optional

_NAME_OF_VERSION_OR_ALIAS = r"(?!\.\.?/)[A-Za-z0-9._-]+"


class Prefix:
    """The prefixes of one endpoint: its own, and the same with another version's or an alias's name.

    In `/<organization>/<project>/<deployment>/<version>/<endpoint>` any name is accepted as the version: the
    router alone decides which version an alias means, so moving an alias restarts nothing. A `default` of any
    other shape is accepted literally; an empty one accepts every path.
    """

    def __init__(self, default: str) -> None:
        shown = default.split("/")
        accepted = [re.escape(segment) for segment in shown]
        if len(shown) == 6:
            shown[4] = "<version or alias>"
            accepted[4] = _NAME_OF_VERSION_OR_ALIAS
        self._shown = "/".join(shown) or "/"
        self._pattern = re.compile(f"({'/'.join(accepted)})(?:/|\\Z)")

    def match(self, path: str) -> Optional[str]:
        """Return the prefix that `path` begins with, whole segments only, or None."""
        match = self._pattern.match(path)
        return match.group(1) if match else None

    def __str__(self) -> str:
        return self._shown
