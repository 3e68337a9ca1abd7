"""Property values on the wire (protobuf structs) <-> plain Python values.

The SDK's `pulumi.provider.experimental.PropertyValue` reads unknown values as ordinary strings and every
number as a float, and writes no unknown at all. A provider that asks the API server for a dry run must tell
them apart, hence this codec. Kubernetes refuses `8000.0` where it wants an integer, so whole numbers become
`int` (pulumi-kubernetes gets the same effect from Go's JSON encoder).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value

JsonObject = dict[str, Any]
"""A Kubernetes object, or part of one, as JSON maps it: str, bool, int, float, None, list and dict."""

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
"""Marks a struct that stands for a special value (sdk/go/common/resource/sig/sig.go)."""

SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"

UNKNOWN_SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and what language hosts send for every type
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
"""Strings that stand for a value known only after an update (sdk/go/common/resource/plugin/rpc.go)."""

_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Secret:
    """A value that the engine must encrypt in state and hide in output."""

    value: Any


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""A value that is known only after an update; seen in previews."""


class UnsupportedValueError(ValueError):
    """An asset, archive or other special value was given where Kubernetes takes JSON only."""


def decode(struct: Struct) -> JsonObject:
    """Return the struct as plain values; keys whose value is null are left out, as the official plugin does.

    Raises UnsupportedValueError for assets and archives, naming the property.
    """
    return {
        key: _decode_value(value, key)
        for key, value in struct.fields.items()
        if value.WhichOneof("kind") != "null_value"
    }


def encode(properties: Mapping[str, Any]) -> Struct:
    """Return plain values as a struct. `Secret` and `UNKNOWN` become what the engine reads as such."""
    return Struct(fields={key: _encode_value(value) for key, value in properties.items()})


def without_secrets(value: Any) -> Any:
    """Return a deep copy in which every `Secret` is replaced by what it holds."""
    if isinstance(value, Secret):
        return without_secrets(value.value)
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def contains_unknown(value: Any) -> bool:
    """Tell whether the value is, or holds, a value known only after an update."""
    return any(isinstance(leaf, Unknown) for leaf in _walk(value))


def contains_secret(value: Any) -> bool:
    """Tell whether the value is, or holds, a secret."""
    return any(isinstance(leaf, Secret) for leaf in _walk(value))


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, Secret):
        yield from _walk(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)


def _decode_value(value: Value, path: str) -> Any:
    match value.WhichOneof("kind"):
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_SENTINELS else value.string_value
        case "list_value":
            return [_decode_value(item, f"{path}[{i}]") for i, item in enumerate(value.list_value.values)]
        case "struct_value":
            return _decode_struct(value.struct_value, path)
        case _:
            return None


def _decode_struct(struct: Struct, path: str) -> Any:
    fields = struct.fields
    if SIGNATURE_KEY not in fields:
        return {
            key: _decode_value(value, f"{path}.{key}")
            for key, value in fields.items()
            if value.WhichOneof("kind") != "null_value"
        }
    signature = fields[SIGNATURE_KEY].string_value
    if signature == SECRET_SIGNATURE:
        return Secret(_decode_value(fields["value"], path))
    if signature == OUTPUT_SIGNATURE:
        inner = _decode_value(fields["value"], path) if "value" in fields else UNKNOWN
        return Secret(inner) if fields["secret"].bool_value else inner
    if signature == RESOURCE_SIGNATURE:
        return _decode_value(fields["id"], path) if "id" in fields else fields["urn"].string_value
    raise UnsupportedValueError(
        f"{path}: assets and archives cannot be part of a Kubernetes object; pass a string (for a file, "
        "read it and pass its text)"
    )


def _encode_value(value: Any) -> Value:
    if value is None:
        return Value(null_value=NullValue.NULL_VALUE)
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, int | float):
        return Value(number_value=value)
    if isinstance(value, str):
        return Value(string_value=value)
    if isinstance(value, Secret):
        signature = Value(string_value=SECRET_SIGNATURE)
        return Value(
            struct_value=Struct(fields={SIGNATURE_KEY: signature, "value": _encode_value(value.value)})
        )
    if isinstance(value, Unknown):
        return Value(string_value=_UNKNOWN_STRING)
    if isinstance(value, list):
        return Value(list_value=ListValue(values=[_encode_value(item) for item in value]))
    if isinstance(value, dict):
        return Value(struct_value=encode(value))
    raise TypeError(f"a property value cannot be of type {type(value).__name__}")
