"""The public keys of an OpenID Connect issuer, fetched and kept up to date by a thread of each worker.

https://openid.net/specs/openid-connect-discovery-1_0.html and https://www.rfc-editor.org/rfc/rfc7517.
"""

import ipaddress
import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

import jwt

from .failures import log

REFRESH_SECONDS = 600.0
"""How long keys are used before they are fetched again: a key that the issuer removes counts no longer."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0
"""Pauses after failures, each twice as long as the one before."""

ASKED_SECONDS = 30.0
"""How often tokens with an unknown key may have the keys fetched: anybody can make up such tokens."""

WAIT_SECONDS = 5.0
"""How long one answer of the issuer may take, and how long a request waits for keys."""

MOST_BYTES = 1 << 20
"""Bytes of an issuer's answer; known ones have less than a hundredth."""

LEAST_RSA_BITS = 2048
"""https://www.rfc-editor.org/rfc/rfc7518#section-3.3"""

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA", "Ed448": "EdDSA"}

ALGORITHMS = frozenset((*_RSA, *_CURVES.values()))
"""What tokens may be signed by. Each has a public key, so that nobody who can verify a token can make one."""


class Key(NamedTuple):
    """A public key, and the `algorithms` that it may be used with. The token has no say in that."""

    identifier: Optional[str]
    algorithms: Tuple[str, ...]
    key: Any


class FetchError(Exception):
    """The issuer's keys could not be fetched; the text says why."""


class Issuer:
    """An issuer, and how its keys are fetched.

    `url` is what tokens name as `iss`. `keys_url` is for issuers that tell it by no discovery document.
    `certificates` are of authorities that are believed beside the system's, as PEM.
    """

    def __init__(self, url: str, keys_url: Optional[str] = None, certificates: Optional[str] = None) -> None:
        self.url = url
        self._keys_url = keys_url
        trust = ssl.create_default_context()
        if certificates:
            trust.load_verify_locations(cadata=certificates)
        # HTTPS_PROXY and NO_PROXY of the environment count. A redirect could lead to a place without TLS.
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust), _NoRedirects())

    def fetch(self) -> List[Key]:
        """Return the keys; raises FetchError."""
        keys_url = self._discovered() if self._keys_url is None else self._keys_url
        found = self._read(keys_url).get("keys")
        keys = [key for key in map(usable, found if isinstance(found, list) else ()) if key is not None]
        if not keys:
            raise FetchError(f"{keys_url} has no key that tokens may be signed by")
        return keys

    def _discovered(self) -> str:
        place = f"{self.url.rstrip('/')}/.well-known/openid-configuration"
        told = self._read(place)
        if told.get("issuer") != self.url:
            raise FetchError(
                f"{place} tells the issuer {told.get('issuer')!r}, not {self.url!r}; `issuer` in the stack"
                " file must be the same, to the letter"
            )
        keys_url = told.get("jwks_uri")
        if not isinstance(keys_url, str):
            raise FetchError(f"{place} has no jwks_uri; set jwksUri in the stack file")
        return keys_url

    def _read(self, url: str) -> Dict[str, Any]:
        if not is_safe(url):
            raise FetchError(f"{url!r} is no https URL; anybody on the way could replace the keys")
        request = urllib.request.Request(url, headers={"Accept": "application/json"})
        try:
            with self._opener.open(request, timeout=WAIT_SECONDS) as answer:
                content = answer.read(MOST_BYTES + 1)
            told = json.loads(content.decode()) if len(content) <= MOST_BYTES else None
        except urllib.error.HTTPError as error:
            raise FetchError(f"{url} answers {error.code}") from None
        except Exception as error:
            raise FetchError(f"{url} gives no answer that can be read: {error}") from None
        if not isinstance(told, dict):
            raise FetchError(
                f"{url} answers by something else than a JSON object of up to {MOST_BYTES} bytes"
            )
        return told


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Take a redirect for an answer with a wrong status."""


def is_safe(url: str) -> bool:
    """Tell whether nobody between here and there can change what a URL answers: https, or this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return bool(host)
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def usable(told: Any) -> Optional[Key]:
    """Return a key of a JSON Web Key Set, None where no token may be signed by it.

    Sets also hold keys for encryption, keys of kinds yet unknown, and by mistake secret ones.
    """
    if not isinstance(told, dict) or told.get("use", "sig") != "sig":
        return None
    fitting = _RSA if told.get("kty") == "RSA" else tuple(filter(None, [_CURVES.get(str(told.get("crv")))]))
    if told.get("alg") is not None:
        fitting = tuple(name for name in fitting if name == told["alg"])
    if not fitting:
        return None
    try:
        # The public half alone, whatever the set tells by mistake.
        public = {name: told[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in told}
        key = jwt.PyJWK(public, fitting[0]).key
    except Exception as error:
        log.warning("A key of the issuer is left out: %s", error)
        return None
    if fitting[0] in _RSA and key.key_size < LEAST_RSA_BITS:
        log.warning("A key of the issuer is left out: it has %d bits", key.key_size)
        return None
    identifier = told.get("kid")
    return Key(identifier if isinstance(identifier, str) else None, fitting, key)


class IssuerKeys:
    """The keys of an issuer as they were fetched last. Those go on where the issuer cannot be reached."""

    def __init__(self, issuer: Issuer, asked_seconds: float = ASKED_SECONDS) -> None:
        self.issuer = issuer
        self.known: List[Key] = []
        self.is_failing = False
        """Whether the last attempt has failed."""
        self._asked_seconds = asked_seconds
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._begun = time.monotonic()
        self._asked: Optional[float] = None
        self._is_fetching = False

    def start(self) -> None:
        """Begin to fetch, once, in the process that uses the keys: a thread does not survive a fork."""
        with self._lock:
            if self._thread is None:
                self._is_fetching, self._begun = True, time.monotonic()
                self._thread = threading.Thread(target=self._work, name="issuer keys", daemon=True)
                self._thread.start()

    def fitting(self, identifier: Optional[str], algorithm: str) -> List[Key]:
        """Return the keys that a token may be signed by, by what its header says."""
        return [
            key
            for key in self.known
            if algorithm in key.algorithms and (identifier is None or key.identifier == identifier)
        ]

    def are_coming(self) -> bool:
        """Have the keys fetched for a token whose key is unknown, if that may be; tell whether to wait.

        There is nothing to wait for where the issuer has just failed to answer.
        """
        self.start()
        now = time.monotonic()
        with self._lock:
            if self.is_failing:
                return False
            may_ask = self._asked is None or now - self._asked >= self._asked_seconds
            if not self._is_fetching and may_ask:
                self._asked = self._begun = now
                self._is_fetching = True
                self._wanted.set()
            return self._is_fetching and now - self._begun < WAIT_SECONDS

    def _work(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            self._fetch()
            self._wanted.wait(pause if self.is_failing else REFRESH_SECONDS)
            pause = min(pause * 2, LAST_RETRY_SECONDS) if self.is_failing else FIRST_RETRY_SECONDS
            with self._lock:
                self._wanted.clear()
                self._is_fetching, self._begun = True, time.monotonic()

    def _fetch(self) -> None:
        was_failing, failure = self.is_failing, ""
        try:
            self.known = self.issuer.fetch()
        except Exception as error:
            # Whatever an issuer answers by, the thread goes on.
            failure = str(error) or type(error).__name__
        with self._lock:
            self.is_failing, self._is_fetching = bool(failure), False
        if failure and not was_failing:
            effect = "The known ones still count" if self.known else "Tokens are answered by 503 until then"
            log.error(
                "The keys of the issuer %s cannot be fetched, which is tried again. %s. %s",
                self.issuer.url,
                effect,
                failure,
            )
        elif was_failing and not failure:
            log.info("The keys of the issuer %s are fetched", self.issuer.url)
