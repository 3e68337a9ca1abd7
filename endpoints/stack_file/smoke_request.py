"""The request that an endpoint must answer before an alias leads to it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, PlainValidator

from endpoints.stack_file.values import (
    SENSITIVE,
    Conflict,
    Count,
    Model,
    Seconds,
    Text,
    UrlPath,
    VariableValue,
    rule,
)

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
    # As a string it is overridden as a whole, and not key by key as settings are.
    PlainValidator(
        lambda value: None if value is None else json.dumps(value), json_schema_input_type=JsonValue
    ),
]
"""Anything that is written as YAML and sent as JSON."""

Headers = Mapping[Annotated[str, AfterValidator(_is_header_name)], VariableValue]
"""Headers by name. Their values may come from secret configuration."""


class SmokeRequestSettings(Model):
    """A request that an endpoint must answer as expected, or else the update fails and no alias is moved."""

    path: UrlPath | None = Field(
        default=None,
        description="Path below the endpoint's prefix, which may have a query: `/predict?n=3`. Without it, "
        "the prefix itself",
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] | None = Field(
        default=None,
        description="`GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`. Without it, `POST` with a body, "
        "`GET` without a body",
    )
    headers: Headers = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Values by name: a string, or `{secret: NAME}` as for "
        "[variables](#environment-variables)",
    )
    text: str | None = Field(default=None, description="Body as a string")
    # Named otherwise than its key, since `json` is a method of pydantic's models.
    json_body: JsonText = Field(
        default=None, alias="json", description="Instead of `text`: any YAML, sent as JSON"
    )
    file: Text | None = Field(
        default=None,
        description="Instead of `text`: a file of this machine whose content is the body, relative to the "
        "directory of Pulumi.yaml",
    )
    content_type: Text | None = Field(
        default=None,
        description="Type of the body. Without it, `text/plain`, `application/json` or "
        "`application/octet-stream`",
    )
    status: Expectation = Field(
        default=200,
        description="Expected status: a number, a class such as `2xx`, or a list of both. Redirects are not "
        "followed",
    )
    contains: Text | None = Field(
        default=None, description="String that the body of the response must contain"
    )
    timeout_seconds: Count = Field(
        default=30,
        description="Longest time for one response, in seconds. A first prediction often takes longest",
    )
    retry_seconds: Seconds = Field(
        default=30,
        description="Seconds for which the request is sent again until the response is as expected, up to "
        "3600. Routers need about a second for a new route. 0: it is sent once",
    )
    via: Literal["router", "pod"] = Field(
        default="router",
        description="`router`: through the router, as all requests. `pod`: through the API server to one pod",
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find a second body, and what a request without a body has no use for."""
        values = (self.text, self.json_body, self.file)
        given = tuple(key for key, value in zip(_BODIES, values, strict=True) if value is not None)
        if len(given) > 1:
            text = f"found {' and '.join(given)}; allowed: one of them; set the other to null"
            yield Conflict(given, text)
        if self.method in ("GET", "HEAD") and given:
            text = f"{self.method} has no body; choose another method, or remove {given[0]}"
            yield Conflict(("method", given[0]), text)
        if self.method == "HEAD" and self.contains is not None:
            yield Conflict(("method", "contains"), "the response to HEAD has no body; use GET")
        if self.content_type is not None and any(name.lower() == "content-type" for name in self.headers):
            text = "found contentType and a header Content-Type; remove one of the two"
            yield Conflict(("contentType", "headers"), text)
