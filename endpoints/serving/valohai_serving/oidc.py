"""Verifies bearer tokens of an OpenID Connect issuer: JSON Web Tokens, https://www.rfc-editor.org/rfc/rfc8725.

PyJWT decodes them and verifies signatures and times. What it leaves to its caller is decided here: which keys
and algorithms count, and which claims a token must have.
"""

import hashlib
import json
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import jwt

from .issuer import ALGORITHMS, Issuer, IssuerKeys, Key, is_safe

LEEWAY_SECONDS = 30
"""How far the issuer's clock may be from this one."""

MOST_CHARACTERS = 16384
"""Length of a token. Servers refuse longer headers anyway, most of them much shorter ones."""

MOST_VERIFIED = 1000
"""Verified tokens that a worker remembers, since clients send the same one again and again. When there are
more, it begins anew; when keys are fetched, too."""

_TYPES = ("jwt", "at+jwt", "application/at+jwt")
"""What a token may say that it is, if it does: not one that tells of a logout, say. RFC 9068, section 2.1."""

_WORDS = ("scope", "scp")
"""Claims that hold several values as words of one string: https://www.rfc-editor.org/rfc/rfc8693#section-4.2."""

_FAILURES = (
    (jwt.ExpiredSignatureError, "The token has expired"),
    (jwt.ImmatureSignatureError, "The token is not valid yet"),
    (jwt.InvalidAudienceError, "The token is for another audience"),
    (jwt.InvalidSignatureError, "The signature of the token is wrong"),
    (jwt.MissingRequiredClaimError, "The token lacks one of exp, iss and aud"),
)


class Caller(NamedTuple):
    """Who calls: the claims of a verified token, and the one that names the caller in the access log."""

    claims: Dict[str, Any]
    name: Optional[str]


class InvalidTokenError(Exception):
    """The token does not count; the text says why, in words of this module alone."""


class MissingClaimError(Exception):
    """The token is valid and lacks a claim; the text names the claim. `caller` is who sent it."""

    def __init__(self, claim: str, caller: Caller) -> None:
        super().__init__(claim)
        self.caller = caller


class NoKeysError(Exception):
    """No token can be verified at the moment, because the issuer's keys cannot be fetched."""


class _Verified(NamedTuple):
    """A token that was found valid: its claims as JSON, its end, and the keys that were known then."""

    claims: str
    until: int
    keys: List[Key]


class Tokens:
    """What a token must be.

    `audience` are names of which it must have one. `claims` are values by the claim that must have all of
    them, nested as in the token. `caller` is the claim that names the caller.
    """

    def __init__(
        self,
        issuer: str,
        audience: List[str],
        claims: Dict[str, Any],
        caller: Optional[str] = None,
        jwks_uri: Optional[str] = None,
        certificates: Optional[str] = None,
    ) -> None:
        if not issuer or not audience or not all(is_safe(url) for url in (issuer, jwks_uri) if url):
            raise ValueError
        self.keys = IssuerKeys(Issuer(issuer, jwks_uri, certificates))
        self._audience = audience
        self._wanted = claims
        self._verified: Dict[bytes, _Verified] = {}
        self._caller = caller

    def verify(self, token: str) -> Optional[Caller]:
        """Return who sends a token; None while keys are being fetched, after which it is asked again.

        Raises InvalidTokenError, MissingClaimError or NoKeysError.
        """
        if len(token) > MOST_CHARACTERS:
            raise InvalidTokenError("The token is too long")
        claims = self._claims(token)
        if claims is None:
            return None
        named = claims.get(self._caller) if self._caller else None
        caller = Caller(claims, None if named is None else str(named))
        lacking = missing(self._wanted, claims)
        if lacking is not None:
            raise MissingClaimError(lacking, caller)
        return caller

    def _claims(self, token: str) -> Optional[Dict[str, Any]]:
        """Return the claims of a valid token, for whoever changes them; None while keys are being fetched."""
        known = self.keys.known
        # Not the token itself, which need not stay in memory.
        digest = hashlib.sha256(token.encode("latin-1", "replace")).digest()
        verified = self._verified.get(digest)
        if verified is not None and verified.keys is known and time.time() < verified.until:
            remembered: Dict[str, Any] = json.loads(verified.claims)
            return remembered
        key = self._key(token)
        if key is None:
            return None
        claims = self._decoded(token, key)
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        until = int(claims["exp"]) + LEEWAY_SECONDS
        self._verified[digest] = _Verified(json.dumps(claims), until, known)
        return claims

    def _key(self, token: str) -> Optional[Key]:
        """Return the key that a token must be signed by, None while keys are being fetched."""
        identifier, algorithm = _header(token)
        keys = self.keys.fitting(identifier, algorithm)
        if not keys:
            if self.keys.are_coming():
                return None
            if self.keys.is_failing or not self.keys.known:
                raise NoKeysError
            raise InvalidTokenError("The issuer has no key that the token can be signed by")
        if len(keys) > 1:
            raise InvalidTokenError("The token does not say by which key it is signed")
        return keys[0]

    def _decoded(self, token: str, key: Key) -> Dict[str, Any]:
        try:
            claims: Dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=list(key.algorithms),
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except Exception as error:
            # Whatever else goes wrong with what a client has sent, it is no token.
            known = [text for kind, text in _FAILURES if isinstance(error, kind)]
            raise InvalidTokenError(known[0] if known else "The token is not valid") from None
        # PyJWT 2.10.0 took a part of the issuer for the whole.
        if claims["iss"] != self.keys.issuer.url:
            raise InvalidTokenError("The token is of another issuer")
        return claims


def _header(token: str) -> Tuple[Optional[str], str]:
    """Return which key a token says that it is signed by, if it does, and the algorithm.

    Keys in the header, or addresses of keys (`jwk`, `jku`, `x5c`, `x5u`), are the sender's word and not read.
    """
    try:
        header = jwt.get_unverified_header(token)
    except Exception:
        # Also what Python's parser of JSON raises where it is nested deeply.
        raise InvalidTokenError("The token is no signed JSON Web Token") from None
    algorithm, identifier, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if algorithm not in ALGORITHMS:
        raise InvalidTokenError("The token is signed by an algorithm that is not allowed")
    if not isinstance(kind, str) or kind.lower() not in _TYPES or "crit" in header:
        raise InvalidTokenError("The token is of another type")
    if identifier is not None and not isinstance(identifier, str):
        raise InvalidTokenError("The token is no signed JSON Web Token")
    return identifier, algorithm


def missing(wanted: Dict[str, Any], claims: Any, above: str = "") -> Optional[str]:
    """Return the first claim that does not have the values that are wanted, None if all do."""
    for name, values in wanted.items():
        found = claims.get(name) if isinstance(claims, dict) else None
        if isinstance(values, dict):
            lacking = missing(values, found, f"{above}{name}.")
            if lacking is not None:
                return lacking
        elif not _has_all(found, values, words=name in _WORDS):
            return above + name
    return None


def _has_all(found: Any, wanted: Union[Any, List[Any]], words: bool) -> bool:
    if words and isinstance(found, str):
        found = found.split()
    has = found if isinstance(found, list) else [found]
    asked = wanted if isinstance(wanted, list) else [wanted]
    # To Python, true is 1.
    return all(any(type(item) is type(value) and item == value for item in has) for value in asked)
