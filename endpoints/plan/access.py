"""Decides how an endpoint knows who may call it."""

import hashlib
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from endpoints.errors import Problem
from endpoints.manifest import Wsgi
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.server import escape_references
from endpoints.stack_file.access import API_KEYS_VARIABLE, CORS_VARIABLE, Cors
from endpoints.stack_file.oidc import OIDC_VARIABLE, OidcAccess

KEY_HEADER = "X-API-Key"
"""The header, beside Authorization, that a key may come in."""

CARRIERS = frozenset({"authorization", KEY_HEADER.lower()})
"""Names in lower case of the headers that a key or token may come in."""

LEAST_LENGTH = 16
"""Characters that a key needs at least, so that nobody finds it by trying, nor from its digest."""


@dataclass(frozen=True)
class AccessPlan:
    """Whom an endpoint lets in: who sends one of the `keys`, by name, or a token as `tokens` says.

    `tokens` is a JSON object that the server is told, None where no token counts.
    """

    keys: Mapping[str, SecretStr]
    tokens: str | None = None

    @property
    def told(self) -> Mapping[str, str]:
        """The variable by which the server is told which tokens count, if any do."""
        return {} if self.tokens is None else {OIDC_VARIABLE: escape_references(self.tokens)}

    @property
    def variable(self) -> SecretStr:
        """What the server is told: a JSON object of the keys' SHA-256 digests, by name."""
        digests = {
            name: hashlib.sha256(key.get_secret_value().encode()).hexdigest()
            for name, key in self.keys.items()
        }
        return SecretStr(json.dumps(digests))

    def among(self, variables: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        """Return secret variables with the one of the keys, if there are any; nothing overrides it."""
        if not self.keys:
            return variables
        return dict(sorted({**variables, API_KEYS_VARIABLE: self.variable}.items()))

    @property
    def any_key(self) -> SecretStr | None:
        """The first key, if any, for requests of this program's own."""
        return next(iter(self.keys.values()), None)


def cors_variable(chosen: Cors | None) -> Mapping[str, str]:
    """Return the variable by which a server of `wsgi` is told whose pages may call it, if any."""
    if chosen is None:
        return {}
    told = {
        "origins": chosen.origins,
        "methods": chosen.methods,
        "headers": chosen.headers,
        "credentials": chosen.credentials,
        "max_age": chosen.max_age_seconds,
    }
    return {CORS_VARIABLE: json.dumps(told)}


def _not_checked(inputs: EndpointInputs) -> Iterator[Problem]:
    """Find a server that does not verify tokens, nor does a proxy before it."""
    if not isinstance(inputs.endpoint.server, Wsgi) or inputs.endpoint_settings.image is not None:
        text = (
            "needs `wsgi` and an image that is built here, to verify tokens (oidc); set kind: apiKeys, or "
            "access: null and let the router verify them"
        )
        yield inputs.problem(("access",), text)


def plan_access(inputs: EndpointInputs) -> tuple[AccessPlan | None, list[Problem]]:
    """Return who may call the endpoint, None for everybody, and every problem with it."""
    chosen, secrets = inputs.endpoint_settings.access, inputs.settings.secrets
    if chosen is None:
        return None, []
    problems = list(_not_checked(inputs)) if isinstance(chosen, OidcAccess) else []
    for variable in (API_KEYS_VARIABLE, OIDC_VARIABLE):
        if variable in inputs.endpoint_settings.environment:
            text = "is the variable of `access`; remove it here"
            problems.append(inputs.problem(("environment", variable), text))
    # Secrets that do not exist are told by `check_secrets`.
    keys = {name: secrets[secret.name] for name, secret in chosen.keys.items() if secret.name in secrets}
    for name, text in _unusable(keys):
        problems.append(inputs.problem(("access", "keys", name), text))
    if isinstance(chosen, OidcAccess):
        certificates, unreadable = _certificates(inputs, chosen.certificate_authority)
        told = {
            "issuer": chosen.issuer,
            "audience": chosen.audience,
            "claims": chosen.claims,
            "caller": chosen.caller_claim,
            "jwks_uri": chosen.jwks_uri,
            "certificates": certificates,
        }
        return AccessPlan(keys, json.dumps(told)), [*problems, *unreadable]
    return (AccessPlan(keys) if keys else None), problems


def _certificates(inputs: EndpointInputs, path: str | None) -> tuple[str | None, list[Problem]]:
    """Return the text of a PEM file, or why it is none."""
    if path is None:
        return None, []
    try:
        text = (inputs.root / path).read_text(encoding="ascii")
        ssl.create_default_context(cadata=text)
    except OSError as error:
        reason = "it has no PEM certificates" if isinstance(error, ssl.SSLError) else error.strerror
    except UnicodeDecodeError:
        reason = "it is no text"
    else:
        return text, []
    told = f"the file {path} cannot be read: {reason}; give a file of PEM certificates"
    return None, [inputs.problem(("access", "certificateAuthority"), told)]


def is_one_word(text: str) -> bool:
    """Tell whether a key or token fits into a header: ASCII characters without blanks."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _unusable(keys: Mapping[str, SecretStr]) -> Iterator[tuple[str, str]]:
    """Find keys that are weak or that a header cannot carry: the key's name, and what is wrong."""
    seen: dict[str, str] = {}
    for name, secret in keys.items():
        key = secret.get_secret_value()
        if len(key) < LEAST_LENGTH or not is_one_word(key):
            text = (
                f"its secret must have {LEAST_LENGTH} or more ASCII characters without blanks, such as the "
                "output of `openssl rand -hex 24`; set another one"
            )
            yield name, text
        elif key in seen:
            yield name, f"is the same as the key {seen[key]}; give each its own"
        seen.setdefault(key, name)
