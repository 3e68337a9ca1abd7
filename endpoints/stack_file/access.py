"""Who may call an endpoint."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from endpoints.stack_file.values import SENSITIVE, Conflict, Flag, Model, Seconds, StoredSecret, rule

API_KEYS_VARIABLE = "VALOHAI_API_KEYS"
"""Variable by which the server is told whom to let in; `valohai_serving` reads it."""

ACCESS_ANNOTATION = "valohai.com/access"
"""Annotation of pods whose proxy knows whom to let in; `valohai_serving` is told by the variable instead."""

MOST_KEYS = 32
"""Keys that an endpoint may have: the server counts the requests of each in memory of a fixed size."""


def _is_key_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", value):
        raise rule("allowed as a key's name: up to 63 letters, digits, dots, dashes and underscores")
    return value


ApiKeys = Mapping[Annotated[str, AfterValidator(_is_key_name)], StoredSecret]
"""Keys by name, each an entry of the stack's `secrets`."""


class ApiKeyAccess(Model):
    """Who may call an endpoint: whoever sends one of its keys."""

    kind: Literal["apiKeys"] = Field(
        description="`apiKeys`: requests carry a key, as `Authorization: Bearer KEY` or as `X-API-Key: KEY`"
    )
    keys: ApiKeys = Field(
        json_schema_extra=SENSITIVE,
        description="Keys by name, each `{secret: NAME}`. The name stands in the access log and the metrics. "
        "With several keys, one can be replaced while the others go on",
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find a number of keys that nobody could use, or that is not counted."""
        if not 1 <= len(self.keys) <= MOST_KEYS:
            text = f"has {len(self.keys)} keys; allowed: 1 to {MOST_KEYS}. `access: null` lets everybody in"
            yield Conflict(("keys",), text)


CORS_VARIABLE = "VALOHAI_CORS"
"""Variable by which the server is told which web pages may call it; `valohai_serving` reads it."""


def _is_origin(value: str) -> str:
    if value != "*" and not re.fullmatch(
        r"https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?", value
    ):
        raise rule(
            "allowed: an origin, such as https://app.acme.example or http://localhost:3000, or '*' for all"
        )
    return value


def _is_token(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", value):
        raise rule("allowed: the name of a method or header")
    return value


Tokens = tuple[Annotated[str, AfterValidator(_is_token)], ...]


class Cors(Model):
    """Which web pages of other origins may call an endpoint from their scripts."""

    origins: tuple[Annotated[str, AfterValidator(_is_origin)], ...] = Field(
        description="Origins of the pages: scheme, host and port as browsers send them, or `*` for all"
    )
    methods: Tokens = Field(default=("GET", "HEAD", "POST"), description="Methods that pages may use")
    headers: Tokens = Field(
        default=("Authorization", "Content-Type", "X-API-Key"), description="Headers that pages may send"
    )
    credentials: Flag = Field(
        default=False, description="`true`: browsers send cookies and HTTP authentication. Not with `*`"
    )
    max_age_seconds: Seconds = Field(
        default=600, description="Seconds for which browsers remember the answer to a preflight request"
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find pages of everybody with credentials, which browsers refuse, and none at all."""
        if not self.origins:
            yield Conflict(("origins",), "is empty; name an origin, or remove cors")
        if self.credentials and "*" in self.origins:
            text = "found credentials: true and '*', which browsers refuse; name the origins"
            yield Conflict(("origins", "credentials"), text)
