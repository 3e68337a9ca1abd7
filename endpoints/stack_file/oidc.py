"""Callers that an OpenID Connect issuer knows: what their tokens must be."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, PlainValidator

from endpoints.stack_file.access import MOST_KEYS, ApiKeys
from endpoints.stack_file.values import SENSITIVE, Conflict, Model, Text, rule

OIDC_VARIABLE = "VALOHAI_OIDC"
"""Variable by which the server is told which tokens count; `valohai_serving` reads it."""

_URL_TEXT = (
    "allowed: an https URL without user, query and fragment, such as https://login.acme.example/realms/ml"
)
_CLAIMS_TEXT = (
    "allowed: values by the names of claims: a string, a whole number, true, false, a list of these, or a "
    "mapping for a claim that has claims of its own"
)


def _is_url(value: object) -> str:
    pattern = r"https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?(/[^\s?#@]*)?"
    if isinstance(value, str) and re.match("[a-z]+://[^/]*@", value):
        # Does not begin with `allowed`: what was found must not be shown.
        raise rule("holds a user name or password; leave it out")
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise rule(_URL_TEXT)
    return value


def _is_audience(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list | tuple) else [value]
    if not given or not all(isinstance(item, str) and item.strip() for item in given):
        raise rule("allowed: a name as it stands in `aud` of tokens, or a list of these")
    return tuple(given)


def _is_claims(value: object) -> Mapping[str, JsonValue]:
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and name and _is_wanted(inner) for name, inner in value.items()
    ):
        raise rule(_CLAIMS_TEXT)
    return value


def _is_wanted(value: object) -> bool:
    if isinstance(value, Mapping):
        return bool(value) and bool(_is_claims(value))
    listed = value if isinstance(value, list | tuple) else [value]
    return bool(listed) and all(isinstance(item, str | int) for item in listed)


Url = Annotated[str, PlainValidator(_is_url, json_schema_input_type=str)]

Audience = Annotated[tuple[str, ...], PlainValidator(_is_audience, json_schema_input_type=str | list[str])]

Claims = Annotated[
    Mapping[str, JsonValue], PlainValidator(_is_claims, json_schema_input_type=Mapping[str, JsonValue])
]
"""Wanted values by the names of claims, nested as in the token."""


class OidcAccess(Model):
    """Who may call an endpoint: whoever sends a token that an OpenID Connect issuer has signed."""

    kind: Literal["oidc"] = Field(
        description="`oidc`: requests carry a token of an identity provider, as `Authorization: Bearer TOKEN`"
    )
    issuer: Url = Field(
        description="URL of the issuer, exactly as in `iss` of its tokens. Its keys are found by discovery: "
        "`ISSUER/.well-known/openid-configuration`"
    )
    audience: Audience = Field(
        description="Name of the endpoint or application at the issuer. `aud` of a token must contain it, or "
        "one of a list"
    )
    claims: Claims = Field(
        default_factory=dict,
        description="Values that claims of the token must have: `{groups: [ml]}`. Of a list, all",
    )
    caller_claim: Text | None = Field(
        default="sub", description="Claim whose value names the caller in the access log. `null`: none"
    )
    jwks_uri: Url | None = Field(
        default=None, description="URL of the issuer's keys, for an issuer without discovery"
    )
    certificate_authority: Text | None = Field(
        default=None,
        description="PEM file of an authority that pods believe for the issuer, beside those of the image. "
        "Relative to the directory of Pulumi.yaml",
    )
    keys: ApiKeys = Field(
        default_factory=dict,
        json_schema_extra=SENSITIVE,
        description="Keys that are let in as well, as for `apiKeys`: for smoke requests, and for machines "
        "that the issuer does not know",
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find keys that are not counted."""
        if len(self.keys) > MOST_KEYS:
            yield Conflict(("keys",), f"has {len(self.keys)} keys; allowed: up to {MOST_KEYS}")
