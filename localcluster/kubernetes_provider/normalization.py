"""The form in which inputs are kept and sent (`normalizeInputs` in provider.go, `clients.Normalize`)."""

import base64
import binascii
from typing import Any, Final

from .objects import mapping
from .values import JsonObject, contains_unknown

_READ_ONLY_METADATA: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "uid",
    }
)
"""Fields of ObjectMeta that only the API server sets."""


def normalized(inputs: JsonObject) -> JsonObject:
    """Return plain inputs without read-only metadata, and a Secret's `stringData` as `data`.

    The API server never gives `stringData` back, so keeping it would show a difference after every refresh.
    """
    result = dict(inputs)
    if str(result.get("apiVersion", "")).startswith("core/"):
        result["apiVersion"] = result["apiVersion"].removeprefix("core/")
    if isinstance(result.get("metadata"), dict):
        result["metadata"] = {
            key: value for key, value in mapping(result, "metadata").items() if key not in _READ_ONLY_METADATA
        }
    if result.get("kind") == "Secret" and result.get("apiVersion") == "v1":
        return _with_encoded_data(result)
    return result


def _with_encoded_data(secret: JsonObject) -> JsonObject:
    string_data = secret.get("stringData")
    if contains_unknown(string_data) or contains_unknown(secret.get("data")):
        return secret
    result = {key: value for key, value in secret.items() if key != "stringData"}
    data = {key: _canonical_base64(value) for key, value in mapping(secret, "data").items()}
    for key, value in mapping(secret, "stringData").items():
        data[key] = base64.b64encode(str(value).encode()).decode()
    if data or "data" in secret:
        result["data"] = data
    return result


def _canonical_base64(value: Any) -> Any:
    """Return base64 text as the API server re-encodes it; text that is no base64 is left for it to refuse."""
    try:
        return base64.b64encode(base64.b64decode(value, validate=False)).decode()
    except (TypeError, ValueError, binascii.Error):
        return value
