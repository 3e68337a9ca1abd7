"""Who may call an endpoint."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from endpoints.stack_file.values import Conflict, Model, StoredSecret, rule

API_KEYS_VARIABLE = "VALOHAI_API_KEYS"
"""Variable by which the server is told whom to let in; `valohai_serving` reads it."""

MOST_KEYS = 32
"""Keys that an endpoint may have: the server counts the requests of each in memory of a fixed size."""


def _is_key_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", value):
        raise rule("allowed as a key's name: up to 63 letters, digits, dots, dashes and underscores")
    return value


class Access(Model):
    """Who may call an endpoint: whoever sends one of its keys."""

    kind: Literal["apiKeys"] = Field(
        description="`apiKeys`: requests carry a key, as `Authorization: Bearer KEY` or as `X-API-Key: KEY`"
    )
    keys: Mapping[Annotated[str, AfterValidator(_is_key_name)], StoredSecret] = Field(
        description="Keys by name, each `{secret: NAME}`. The name stands in the access log and the metrics. "
        "With several keys, one can be replaced while the others go on"
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find a number of keys that nobody could use, or that is not counted."""
        if not 1 <= len(self.keys) <= MOST_KEYS:
            text = f"has {len(self.keys)} keys; allowed: 1 to {MOST_KEYS}. `access: null` lets everybody in"
            yield Conflict(("keys",), text)
