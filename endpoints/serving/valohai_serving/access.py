"""The API keys of an endpoint: who sends one of them."""

import hashlib
import hmac
import json
import os
import re
from typing import Dict, List, Optional, Tuple

from .failures import NoApplicationError

VARIABLE = "VALOHAI_API_KEYS"
"""Holds a JSON object of SHA-256 digests by the names of the keys."""

KEY_NAME = "valohai.key"
"""Where an application finds the name of the key that let a request in: in WSGI's environ or ASGI's scope."""

VARIABLES = {"authorization": "HTTP_AUTHORIZATION", "x-api-key": "HTTP_X_API_KEY"}
"""WSGI's names of the headers that a key may come in, or a token in the first."""

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
"""https://www.rfc-editor.org/rfc/rfc6750#section-2.1"""

API_KEYS_TEXT = "This endpoint needs a key: send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`"
"""What a request without a key is answered by."""


def bearer_of(authorization: str) -> str:
    """Return the key or token in the header Authorization, or an empty string."""
    bearer = _BEARER.fullmatch(authorization.strip())
    return bearer[1] if bearer else ""


class ApiKeys:
    """The keys of an endpoint. Of each only the digest is known."""

    def __init__(self, digests: Dict[str, str]) -> None:
        self._digests = digests

    @property
    def names(self) -> List[str]:
        """Names of the keys."""
        return list(self._digests)

    def name_of(self, key: str) -> Optional[str]:
        """Return the name of a key, None for one that is not known.

        It takes as long for each: all digests are compared, and each comparison takes the same time.
        """
        digest = hashlib.sha256(key.encode("latin-1", "replace")).hexdigest()
        found = None
        for name, known in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def judge(self, authorization: str, api_key: str) -> Tuple[Optional[str], List[str]]:
        """Return the name of the key that a request carries, and the headers that carry one.

        `authorization` and `api_key` are the values of the headers. Without a known key the name is None.
        """
        given = {"x-api-key": api_key.strip(), "authorization": bearer_of(authorization)}
        names = {header: self.name_of(key) for header, key in given.items() if key}
        carriers = [header for header, name in names.items() if name is not None]
        return (names[carriers[0]] if carriers else None), carriers


def api_keys() -> Optional[ApiKeys]:
    """Return the keys that the environment tells, None where everybody is let in.

    Raises NoApplicationError for a variable that is not understood: nobody is let in then.
    """
    told = os.environ.get(VARIABLE)
    if told is None:
        return None
    try:
        digests = json.loads(told)
        is_known = isinstance(digests, dict) and all(len(digest) == 64 for digest in digests.values())
    except (ValueError, TypeError):
        is_known = False
    if not is_known or not digests:
        raise NoApplicationError(
            f"The variable {VARIABLE} holds no API keys: set `access` in the stack file."
        )
    return ApiKeys(digests)
