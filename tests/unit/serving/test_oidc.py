"""Which claims count as the ones that are wanted, and which keys of a set tokens may be signed by."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from endpoints.serving.valohai_serving.issuer import is_safe, usable
from endpoints.serving.valohai_serving.oidc import missing


@pytest.mark.parametrize(
    ("wanted", "claims", "lacking"),
    [
        ({}, {}, None),
        ({"level": 1}, {"level": True}, "level"),
        ({"verified": True}, {"verified": "true"}, "verified"),
        ({"groups": ["a", "b"]}, {"groups": ["b", "c", "a"]}, None),
        ({"groups": ["a", "b"]}, {"groups": ["a"]}, "groups"),
        ({"groups": "a b"}, {"groups": "a b"}, None),
        ({"groups": "a"}, {"groups": "a b"}, "groups"),
        ({"scp": "a"}, {"scp": "b a"}, None),
        ({"scope": "a"}, {"scope": ["b", "a"]}, None),
        ({"a": {"b": {"c": "d"}}}, {"a": {"b": {"c": ["d"]}}}, None),
        ({"a": {"b": {"c": "d"}}}, {"a": {"b": None}}, "a.b.c"),
        ({"https://acme.example/role": "a"}, {"https://acme.example/role": "a"}, None),
    ],
)
def test_a_claim_has_all_values_that_are_wanted(
    wanted: dict[str, object], claims: dict[str, object], lacking: str | None
) -> None:
    assert missing(wanted, claims) == lacking


def test_a_key_counts_for_the_algorithms_of_its_kind_alone() -> None:
    curve = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()))
    strong = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048)))
    weak = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
    by_curve, by_rsa = usable(curve), usable(strong)
    assert by_curve is not None
    assert by_curve.algorithms == ("ES384",)
    assert by_rsa is not None
    # Of a private key that the issuer tells by mistake, the public half.
    assert isinstance(by_rsa.key, rsa.RSAPublicKey)
    assert usable({**strong, "alg": "ES256"}) is None
    assert usable({**strong, "use": "enc"}) is None
    assert usable(weak) is None
    assert usable({"kty": "oct", "k": "MDAw", "alg": "HS256"}) is None
    assert usable({"kty": "RSA", "n": "!", "e": "AQAB"}) is None
    assert usable("no key") is None


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.acme.example/keys", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]/keys", True),
        ("http://login.acme.example", False),
        ("http://127.0.0.1.acme.example", False),
        ("http://10.0.0.1", False),
        ("file:///etc/passwd", False),
        ("https://", False),
    ],
)
def test_keys_come_by_https_or_from_this_machine(url: str, safe: bool) -> None:
    assert is_safe(url) == safe
