"""What settings are made of: the base of all models, and the kinds of values with what is allowed for each.

A rule says what is allowed and what to do; `validation.explain` puts before it what was found, unless it is
secret.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from endpoints.cluster.names import DNS_LABEL, DNS_SUBDOMAIN, IMAGE, REGISTRY_REPOSITORY

SEGMENT_PATTERN = r"[A-Za-z0-9._-]{1,128}"
"""One segment of the URL. These characters need no escaping and pass every router's path check unchanged."""

RULE = "rule"
"""The type of the errors that rules raise."""

RESERVED_VARIABLES = ("PORT", "SCRIPT_NAME", "VH_DEFAULT_PREFIX")
"""Environment variables that tell a server where it is; any other value would make them wrong."""

SENSITIVE: JsonDict = {"sensitive": True}
"""Marks a field whose values, and those below it, no message may show (`json_schema_extra`)."""


@dataclass(frozen=True)
class Conflict:
    """Keys of one mapping, written as in a stack file, that contradict each other.

    `text` says what was found and what to do.
    """

    keys: tuple[str, ...]
    text: str


class Model(BaseModel):
    """Base of all settings: immutable, camelCase keys in a stack file, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)

    def conflicts(self) -> Iterator[Conflict]:
        """Find keys that contradict each other.

        A model whose keys may come from several layers checks them here and not in a validator: a version
        may set `min: 5` if the deployment sets `max: 8`, so the check needs what both set together.
        """
        yield from ()


def fields_by_key(model: type[BaseModel]) -> dict[str, str]:
    """Return the names of a model's fields by their keys in a stack file."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def rule(text: str) -> PydanticCustomError:
    """Return the error for a value that is not allowed; the user sees the text unchanged."""
    return PydanticCustomError(RULE, "{text}", {"text": text})


@dataclass(frozen=True)
class SecretReference:
    """The name of an entry of the stack's `secrets` that a variable or header takes its value from."""

    name: str


@dataclass(frozen=True)
class _Pattern:
    """A regular expression that a whole string must match, also in the schema for editors."""

    pattern: str
    text: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "patternErrorMessage": self.text}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise rule(self.text)
        return value


def _pattern(pattern: str | re.Pattern[str], text: str) -> _Pattern:
    return _Pattern(pattern if isinstance(pattern, str) else pattern.pattern, text)


def _is_path_segment(value: str) -> str:
    if not re.fullmatch(SEGMENT_PATTERN, value) or value in (".", ".."):
        raise rule("allowed: 1 to 128 letters, digits, dots, dashes and underscores, a segment of a URL")
    return value


def _is_not_reserved(value: str) -> str:
    if value.lower() == "kube" or value.lower().startswith("kube-"):
        raise rule("allowed: no name that begins with kube-, which Kubernetes reserves; choose another")
    return value


def _is_relative_path(value: str) -> str:
    if value.startswith("/") or ".." in value.split("/"):
        raise rule("allowed: a path inside the source, without .., such as valohai.yaml")
    return value


def _is_source(value: str) -> str:
    # A user name alone is a token, except in ssh's addresses.
    if re.match(r"https?://[^/]*@|[a-z+]+://[^/@]*:[^/@]*@", value):
        # Does not begin with `allowed`: what was found must not be shown.
        raise rule("holds a user name or password; leave it out and let git's credential helper answer")
    return value


def _is_variable_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise rule("allowed as a name: letters, digits and underscores, not beginning with a digit")
    if value in RESERVED_VARIABLES:
        raise rule(
            "allowed as a name: any but PORT, SCRIPT_NAME and VH_DEFAULT_PREFIX, which the program sets"
        )
    return value


def _reference(value: object) -> SecretReference | None:
    if isinstance(value, Mapping) and set(value) == {"secret"} and isinstance(value["secret"], str):
        return SecretReference(value["secret"])
    return None


def _is_secret_reference(value: object) -> SecretReference:
    if reference := _reference(value):
        return reference
    raise rule("allowed: {secret: NAME}, the name of an entry of the stack's secrets")


def _is_variable_value(value: object) -> str | SecretReference:
    if isinstance(value, str):
        return value
    if reference := _reference(value):
        return reference
    raise rule("allowed: a string (put numbers, true and false in quotes), or {secret: NAME}")


def _is_kubeconfig(value: object) -> str | SecretReference:
    if reference := _reference(value):
        return reference
    if isinstance(value, str) and value and "\n" not in value:
        return value
    if isinstance(value, str) and value:
        # Does not begin with `allowed`: a whole kubeconfig must not be shown.
        raise rule(
            "holds more than a path; put a kubeconfig into `secrets`, and its name here: {secret: NAME}"
        )
    raise rule("allowed: the path of a kubeconfig, or {secret: NAME} for one in the stack's secrets")


def is_scalar_text(value: object) -> str:
    """Return a string, or a number or boolean as the string that a manifest would hold."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise rule("allowed: a string, a number, true or false")


def _is_quantity(value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?", text):
        raise rule("allowed: an amount such as 20, 500m or 1.5k (in quotes, unless it is a whole number)")
    return text


Text = Annotated[str, _pattern(r"[\s\S]*\S[\s\S]*", "allowed: a string that is not empty")]

SourceLocation = Annotated[Text, AfterValidator(_is_source)]
"""A directory or a git URL."""

RelativePath = Annotated[Text, AfterValidator(_is_relative_path)]
"""A path inside the source."""

PathSegment = Annotated[str, AfterValidator(_is_path_segment)]
"""A part of the address, used in URLs as it is."""

Organization = Annotated[PathSegment, AfterValidator(_is_not_reserved)]
"""The first part of the address; it begins the names of namespaces."""

ObjectName = Annotated[
    str,
    _pattern(
        DNS_SUBDOMAIN, "allowed: a Kubernetes object's name: lower-case letters, digits, dashes and dots"
    ),
]

NamespaceName = Annotated[
    str, _pattern(DNS_LABEL, "allowed: a namespace's name: up to 63 lower-case letters, digits and dashes")
]

StackName = Annotated[
    str,
    _pattern(
        r"[\w.-]+/[\w.-]+/[\w.-]+",
        "allowed: organization/project/stack, such as organization/managed/prod; `pulumi stack ls --all` "
        "lists stacks, and state outside of Pulumi Cloud has the organization `organization`",
    ),
]
"""The full name of a Pulumi stack, as a StackReference takes it."""

HostName = Annotated[
    str,
    _pattern(
        DNS_SUBDOMAIN, "allowed: a host name in lower case, no scheme, port or path: models.acme.example"
    ),
]

Repository = Annotated[
    str,
    _pattern(
        REGISTRY_REPOSITORY,
        "allowed: host[:port][/path] in lower case, without scheme and tag; Docker Hub is docker.io/ACCOUNT",
    ),
]

ImageReference = Annotated[
    str,
    _pattern(
        IMAGE,
        "allowed: an image without spaces, best by digest: registry.acme.example/digits@sha256:... or :TAG",
    ),
]

Commit = Annotated[
    str,
    _pattern(
        r"[0-9a-f]{7,64}",
        "allowed: a commit's hash, 7 or more hexadecimal digits in quotes, since a version must not change; "
        "git rev-parse NAME prints the hash of a branch or tag",
    ),
]

Sha256 = Annotated[
    str, _pattern(r"[0-9a-f]{64}", "allowed: 64 hexadecimal digits in lower case; sha256sum FILE prints them")
]

UrlPath = Annotated[
    str,
    _pattern(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*", "allowed: a URL path beginning with a slash: /health"),
]

BuildSecretName = Annotated[
    str,
    _pattern(
        r"[A-Z_][A-Z0-9_]*",
        "allowed as a name: capital letters, digits and underscores, since pip replaces only such variables",
    ),
]
"""A variable that requirements files may use: https://pip.pypa.io/en/stable/reference/requirements-file-format/."""

SystemPackage = Annotated[
    str,
    _pattern(
        r"[A-Za-z0-9][A-Za-z0-9+._:=~-]*",
        "allowed: the name of a package of the image's distribution, such as libgomp1",
    ),
]

VariableName = Annotated[str, AfterValidator(_is_variable_name)]

_WrittenReference = Annotated[Mapping[Literal["secret"], str], Field(min_length=1)]

StoredSecret = Annotated[
    SecretReference, PlainValidator(_is_secret_reference, json_schema_input_type=_WrittenReference)
]
"""The name of an entry of the stack's `secrets`."""

VariableValue = Annotated[
    str | SecretReference,
    PlainValidator(_is_variable_value, json_schema_input_type=str | _WrittenReference),
]
"""A string, or the name of an entry of the stack's `secrets` that holds it."""

Kubeconfig = Annotated[
    str | SecretReference,
    PlainValidator(_is_kubeconfig, json_schema_input_type=str | _WrittenReference),
]
"""The path of a kubeconfig, or the name of an entry of the stack's `secrets` that holds a whole one."""

Environment = Mapping[VariableName, VariableValue]
"""Environment variables by name. Their values may come from secret configuration."""

Count = Annotated[int, Field(strict=True, ge=1)]
"""A whole number of 1 or more; strings and fractions are refused rather than converted."""

Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
"""A TCP port."""

Percentage = Annotated[int, Field(strict=True, ge=1, le=100)]

Flag = Annotated[bool, Field(strict=True)]
"""true or false; strings and numbers that mean one of them are refused rather than converted."""

Seconds = Annotated[int, Field(strict=True, ge=0, le=3600)]
"""A time in seconds, up to an hour; 0 means at once."""

Quantity = Annotated[str, PlainValidator(_is_quantity, json_schema_input_type=str | int)]
"""An amount as Kubernetes writes it; a whole number may stand without quotes."""
