"""An OpenID Connect issuer on the loopback interface, and tokens that it or somebody else has signed."""

import base64
import json
import ssl
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

AUDIENCE = "digits"
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def public(key: PrivateKey, **told: object) -> dict[str, object]:
    """Return the public half of a key as a JSON Web Key with what else it tells, such as `kid`."""
    match key:
        case rsa.RSAPrivateKey():
            written = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            written = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case _:
            written = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**written, **told}


def encoded(value: bytes | Mapping[str, object]) -> str:
    """Return a part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(dict(value)).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class LoopbackIssuer:
    """Serves a discovery document and `keys`, unless it `is_down`. `asked` counts requests for keys."""

    def __init__(self, authority: trustme.CA | None = None, address: str = "127.0.0.1") -> None:
        """Serve at an address of this machine, by HTTPS with a certificate if there is an authority."""
        self.keys: list[dict[str, object]] = []
        self.is_down = False
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told = issuer._told(self.path)
                body = json.dumps(told).encode()
                self.send_response(500 if told is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        if authority is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert(address).configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if authority is None else "https"
        self.url = f"{scheme}://{address}:{self._server.server_address[1]}/realms/ml"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _told(self, path: str) -> dict[str, object] | None:
        if self.is_down:
            return None
        if path == "/realms/ml/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/certs"}
        self.asked += 1
        return {"keys": self.keys}

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def claims(self, others: Mapping[str, object]) -> dict[str, object]:
        """Return claims that count, with others in their place; None leaves one out."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300, **others}
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self,
        claims: Mapping[str, object] = MappingProxyType({}),
        key: PrivateKey | bytes = RSA_KEY,
        algorithm: str = "RS256",
        header: Mapping[str, object] = MappingProxyType({"kid": "one"}),
    ) -> str:
        """Return a signed token with such claims in the place of those that count."""
        return jwt.encode(self.claims(claims), key, algorithm, headers=dict(header))
