"""The request by which an update finds out whether an endpoint works."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, PlainValidator

from endpoints.stack_file.model import Conflict, Model
from endpoints.stack_file.values import SENSITIVE, Count, Seconds, Text, UrlPath, VariableValue, rule

Status = int | str
"""A status such as 204, or a class of them such as `2xx`."""

_STATUS_TEXT = "allowed: a status such as 200, a class such as 2xx, or a list of these"
_BODIES = ("text", "json", "file")


def _is_status(value: object) -> Status:
    if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
        return value
    if isinstance(value, str) and re.fullmatch(r"[1-5]xx", value):
        return value
    raise rule(_STATUS_TEXT)


def _is_expectation(value: object) -> Status | tuple[Status, ...]:
    if not isinstance(value, list | tuple):
        return _is_status(value)
    if not value:
        raise rule(_STATUS_TEXT)
    return tuple(map(_is_status, value))


def _is_header_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", value):
        raise rule("allowed as a name: a header's name, such as Authorization")
    return value


Expectation = Annotated[
    Status | tuple[Status, ...],
    PlainValidator(_is_expectation, json_schema_input_type=Status | list[Status]),
]

JsonText = Annotated[
    str | None,
    # As text it is overridden as a whole, and not key by key as settings are.
    PlainValidator(
        lambda value: None if value is None else json.dumps(value), json_schema_input_type=JsonValue
    ),
]
"""Anything that is written as YAML and sent as JSON."""

Headers = Mapping[Annotated[str, AfterValidator(_is_header_name)], VariableValue]
"""Headers by name. Their values may come from secret configuration."""


class SmokeRequestSettings(Model):
    """A request that an endpoint must answer as expected, or else the update fails and no alias is moved.

    `path` is below the endpoint's prefix; None is the prefix itself. At most one of `text`, `json_body` and
    `file` (relative to Pulumi.yaml's directory) is the body. `method` None is POST with a body and GET
    without, `content_type` None what fits the body. The answer must come within `timeout_seconds`, have a
    `status` that is named, and have `contains` somewhere in its body. An answer that is not as expected is
    asked for again for `retry_seconds`, since routers take up a new route within a second at best.
    `via` is the way: through the `router` as everybody's requests, or by the API server right to a `pod`.
    """

    path: UrlPath | None = None
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] | None = None
    headers: Headers = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    text: str | None = None
    json_body: JsonText = Field(default=None, alias="json")
    file: Text | None = None
    content_type: Text | None = None
    status: Expectation = 200
    contains: Text | None = None
    timeout_seconds: Count = 30
    retry_seconds: Seconds = 30
    via: Literal["router", "pod"] = "router"

    def conflicts(self) -> Iterator[Conflict]:
        """Find a second body, and what a request without a body has no use for."""
        values = (self.text, self.json_body, self.file)
        given = tuple(key for key, value in zip(_BODIES, values, strict=True) if value is not None)
        if len(given) > 1:
            text = f"found {' and '.join(given)}; allowed: one body; null takes one back"
            yield Conflict(given, text)
        if self.method in ("GET", "HEAD") and given:
            text = f"{self.method} has no body; choose another method, or remove {given[0]}"
            yield Conflict(("method", given[0]), text)
        if self.method == "HEAD" and self.contains is not None:
            yield Conflict(("method", "contains"), "an answer to HEAD has no body; use GET")
        if self.content_type is not None and any(name.lower() == "content-type" for name in self.headers):
            text = "found contentType and a header Content-Type; remove one of the two"
            yield Conflict(("contentType", "headers"), text)
