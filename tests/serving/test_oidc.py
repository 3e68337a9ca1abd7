"""Who reaches the application by a token of an OpenID Connect issuer, on both servers."""

import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import httpx
import jwt
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from pydantic import SecretStr

from endpoints.manifest.models import Wsgi
from endpoints.plan.access import AccessPlan
from endpoints.plan.server import ACCESS_LOG_VARIABLE, METRICS_VARIABLE, Serving
from endpoints.stack_file.access import API_KEYS_VARIABLE, CORS_VARIABLE
from endpoints.stack_file.oidc import OIDC_VARIABLE
from tests.serving.conftest import ADDRESS, StartServer
from tests.serving.environments import other_servers
from tests.serving.issuer import (
    AUDIENCE,
    EC_KEY,
    ED_KEY,
    OTHER_KEY,
    RSA_KEY,
    LoopbackIssuer,
    PrivateKey,
    encoded,
    public,
)
from tests.serving.processes import SERVING, ServerProcess, free_port, wait_until
from tests.serving.test_python_versions import interpreter

Pair = tuple[Literal["wsgi", "asgi"], Literal["gunicorn", "granian"]]

KINDS = [(kind, server) for kind in ("wsgi", "asgi") for server in ("gunicorn", "granian")]
SMOKE = "smoke-0123456789abcdef"
KEYS = AccessPlan({"smoke": SecretStr(SMOKE)})
PAGE = "https://app.acme.example"
CORS = {
    "origins": [PAGE],
    "methods": ["GET"],
    "headers": ["Authorization"],
    "credentials": False,
    "max_age": 1,
}

APPLICATION = """
import json

def told(caller, headers):
    claims, key = caller.get("valohai.claims"), caller.get("valohai.key")
    return json.dumps({"claims": claims, "key": key, "headers": sorted(headers)}).encode()

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [told(environ, [name for name in environ if "AUTHORIZATION" in name or "API_KEY" in name])]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    names = [name.decode() for name, _ in scope["headers"]]
    body = told(scope, [name for name in names if "authorization" in name or "api-key" in name])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


LEEWAY_SECONDS = 30
"""How far clocks may differ, as docs/stack-file.md has it."""


def variable(url: str, **others: object) -> str:
    return json.dumps({"issuer": url, "audience": [AUDIENCE], "claims": {}, "caller": "sub", **others})


@pytest.fixture(scope="module")
def issuer() -> Iterator[LoopbackIssuer]:
    running = LoopbackIssuer()
    running.keys = [
        public(RSA_KEY, kid="one", use="sig", alg="RS256"),
        public(EC_KEY, kid="two"),
        public(ED_KEY, kid="three"),
        public(OTHER_KEY, kid="encrypting", use="enc"),
        {"kty": "oct", "kid": "secret", "k": encoded(b"0" * 32), "alg": "HS256"},
        {"kty": "from the future", "kid": "new"},
    ]
    yield running
    running.close()


@pytest.fixture
def own_issuer() -> Iterator[LoopbackIssuer]:
    running = LoopbackIssuer()
    running.keys = [public(RSA_KEY, kid="one")]
    yield running
    running.close()


@pytest.fixture(scope="module", params=KINDS, ids=lambda pair: " on ".join(pair))
def server(
    request: pytest.FixtureRequest,
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
    issuer: LoopbackIssuer,
) -> Iterator[ServerProcess]:
    kind, name = request.param
    directory = tmp_path_factory.mktemp("guarded")
    (directory / "guarded.py").write_text(APPLICATION)
    wanted = {"groups": ["ml"], "realm_access": {"roles": ["predict"]}, "scope": ["digits"]}
    environment = {
        OIDC_VARIABLE: variable(issuer.url, claims=wanted),
        API_KEYS_VARIABLE: KEYS.variable.get_secret_value(),
        CORS_VARIABLE: json.dumps(CORS),
        METRICS_VARIABLE: str(free_port()),
        ACCESS_LOG_VARIABLE: "text",
    }
    running = start_server(Wsgi("guarded", kind), environment, directory, serving=Serving(60, server=name))
    yield running
    running.end()


Signing = PrivateKey | bytes

GRANTED: Mapping[str, object] = {
    "groups": ["ops", "ml"],
    "realm_access": {"roles": ["predict"]},
    "scope": "openid digits",
}


def ask(server: ServerProcess, token: str) -> httpx.Response:
    return server.get(f"{ADDRESS.prefix}/x", {"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    ("key", "algorithm", "header"),
    [
        (RSA_KEY, "RS256", {"kid": "one"}),
        (RSA_KEY, "RS256", {}),
        (RSA_KEY, "RS256", {"kid": "one", "typ": "at+jwt"}),
        (EC_KEY, "ES256", {"kid": "two"}),
        (ED_KEY, "EdDSA", {"kid": "three"}),
    ],
)
def test_a_token_of_the_issuer_reaches_the_application_as_its_claims_alone(
    server: ServerProcess, issuer: LoopbackIssuer, key: Signing, algorithm: str, header: dict[str, object]
) -> None:
    token = issuer.token({**GRANTED, "aud": ["others", AUDIENCE]}, key, algorithm, header)
    answer = ask(server, token)
    assert answer.status_code == 200, answer.text + server.output
    assert answer.json()["claims"]["sub"] == "ada"
    assert answer.json()["claims"]["groups"] == ["ops", "ml"]
    assert answer.json()["headers"] == []


def forged_with_the_public_key(issuer: LoopbackIssuer) -> str:
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = ".".join(encoded(part) for part in ({"alg": "HS256", "kid": "one"}, issuer.claims(GRANTED)))
    return f"{signed}.{encoded(hmac.digest(pem, signed.encode(), 'sha256'))}"


def tampered(issuer: LoopbackIssuer) -> str:
    head, _, signature = issuer.token(GRANTED).split(".")
    return f"{head}.{encoded(issuer.claims({**GRANTED, 'sub': 'eve'}))}.{signature}"


def unsigned(issuer: LoopbackIssuer) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'one'})}.{encoded(issuer.claims(GRANTED))}."


def changed(**claims: object) -> Callable[[LoopbackIssuer], str]:
    return lambda issuer: issuer.token({**GRANTED, **claims})


def signed(key: Signing, header: Mapping[str, object], algorithm: str = "RS256") -> Callable[..., str]:
    return lambda issuer: issuer.token(GRANTED, key, algorithm, header)


NOT_VALID: Mapping[str, str | Callable[[LoopbackIssuer], str]] = {
    "expired": changed(exp=1),
    "without an end": changed(exp=None),
    "with an end that is no number": changed(exp="never"),
    "not valid yet": changed(nbf=2**33),
    "of another issuer": changed(iss="https://login.acme.example"),
    "without an issuer": changed(iss=None),
    "of another endpoint": changed(aud="other-endpoint"),
    "without an audience": changed(aud=None),
    "signed by another key": signed(OTHER_KEY, {"kid": "one"}),
    "signed by a key for encryption": signed(OTHER_KEY, {"kid": "encrypting"}),
    "signed by the issuer's secret key": signed(b"0" * 32, {"kid": "secret"}, "HS256"),
    "signed by an algorithm that the key is not for": signed(RSA_KEY, {"kid": "one"}, "RS512"),
    "signed by the public key": forged_with_the_public_key,
    "not signed": unsigned,
    "changed after it was signed": tampered,
    "with its own key": signed(OTHER_KEY, {"kid": "one", "jwk": public(OTHER_KEY)}),
    "with the address of its own key": signed(
        OTHER_KEY, {"jku": "https://a.example", "x5u": "https://a.example"}
    ),
    "with a path as its key": signed(OTHER_KEY, {"kid": "../../../../dev/null"}),
    "of a logout": signed(RSA_KEY, {"kid": "one", "typ": "logout+jwt"}),
    "with a header that must be understood": signed(RSA_KEY, {"kid": "one", "crit": ["b64"], "b64": False}),
    "with a header nested deeply": f"{encoded(b'[' * 3000)}.{encoded(b'{}')}.",
    "of 6,700 characters": f"{encoded(b'x' * 5000)}.e30.",
    "no token": "of-the-application",
    "encrypted": "e30.e30.e30.e30.e30",
}


@pytest.mark.parametrize("kind", NOT_VALID)
def test_a_token_that_is_not_valid_is_refused(
    server: ServerProcess, issuer: LoopbackIssuer, kind: str
) -> None:
    made = NOT_VALID[kind]
    token = made if isinstance(made, str) else made(issuer)
    answer = ask(server, token)
    assert answer.status_code == 401, answer.text + server.output
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="endpoint", error="invalid_token"')
    assert token not in server.output


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"groups": ["ops"]}, "groups"),
        ({"groups": None}, "groups"),
        ({"groups": "mlops"}, "groups"),
        ({"realm_access": {"roles": []}}, "realm_access.roles"),
        ({"realm_access": ["predict"]}, "realm_access.roles"),
        ({"scope": "digits-admin"}, "scope"),
    ],
)
def test_a_valid_token_without_a_wanted_claim_is_answered_by_403(
    server: ServerProcess, issuer: LoopbackIssuer, claims: dict[str, object], claim: str
) -> None:
    answer = ask(server, issuer.token({**GRANTED, **claims}))
    assert answer.status_code == 403, server.output
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="endpoint", error="insufficient_scope"'
    assert answer.text == f"The token lacks what this endpoint asks for in the claim {claim}\n"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic YTpi"},
        {"Valohai.Claims": "{}", "Valohai-Claims": "{}"},
        {"X-API-Key": "wrong-0123456789abcdef"},
    ],
)
def test_a_request_without_a_token_is_answered_by_401_and_told_how_to_send_one(
    server: ServerProcess, headers: dict[str, str]
) -> None:
    answer = server.get(f"{ADDRESS.prefix}/x", headers)
    assert answer.status_code == 401
    assert "error_description" not in answer.headers["WWW-Authenticate"]
    assert "Authorization: Bearer TOKEN" in answer.text


def test_a_token_in_the_url_does_not_count(server: ServerProcess, issuer: LoopbackIssuer) -> None:
    token = issuer.token(GRANTED)
    assert server.get(f"{ADDRESS.prefix}/x?access_token={token}", {}).status_code == 401


def test_a_key_is_let_in_beside_tokens(server: ServerProcess) -> None:
    answer = server.get(f"{ADDRESS.prefix}/x", {"X-API-Key": SMOKE})
    assert answer.json() == {"claims": None, "key": "smoke", "headers": []}
    assert ask(server, SMOKE).json()["key"] == "smoke"


def test_the_log_names_the_caller_in_one_word_and_metrics_do_not(
    server: ServerProcess, issuer: LoopbackIssuer
) -> None:
    tokens = [issuer.token({**claims, "sub": 'eve "x\n'}) for claims in (GRANTED, {})]
    assert [ask(server, token).status_code for token in tokens] == [200, 403]
    for status in (200, 403):
        server.wait_for_output(f'127.0.0.1 eve%20%22x%0A "GET {ADDRESS.prefix}/x HTTP/1.1" {status}')
    assert not [token for token in tokens if token in server.output]
    page = httpx.get(f"http://127.0.0.1:{server.metrics_port}/metrics").text
    assert "eve" not in page
    assert 'valohai_requests_by_key_total{key="smoke"}' in page


def test_a_page_that_may_ask_needs_a_token_for_the_request_alone(server: ServerProcess) -> None:
    url = f"http://127.0.0.1:{server.port}{ADDRESS.prefix}/x"
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
    assert httpx.options(url, headers=asked).status_code == 204
    refused = httpx.get(url, headers={"Origin": PAGE})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == PAGE


def start(start_server: StartServer, directory: Path, pair: Pair, told: str) -> ServerProcess:
    kind, name = pair
    (directory / "guarded.py").write_text(APPLICATION)
    return start_server(
        Wsgi("guarded", kind), {OIDC_VARIABLE: told}, directory, serving=Serving(60, server=name)
    )


ENGINES = pytest.mark.parametrize("pair", [("wsgi", "gunicorn"), ("asgi", "granian")], ids=" on ".join)


@ENGINES
def test_keys_of_the_issuer_are_replaced_and_forged_ones_do_not_flood_it(
    start_server: StartServer, tmp_path: Path, own_issuer: LoopbackIssuer, pair: Pair
) -> None:
    server = start(start_server, tmp_path, pair, variable(own_issuer.url))
    assert ask(server, own_issuer.token()).status_code == 200, server.output
    assert own_issuer.asked == 1
    own_issuer.keys = [public(OTHER_KEY, kid="two")]
    # The first token with the new key has it fetched, and waits for it.
    assert ask(server, own_issuer.token({}, OTHER_KEY, header={"kid": "two"})).status_code == 200, (
        server.output
    )
    assert ask(server, own_issuer.token()).status_code == 401
    for number in range(20):
        forged = own_issuer.token(header={"kid": f"forged-{number}"})
        assert ask(server, forged).status_code == 401
    assert own_issuer.asked == 2


@ENGINES
def test_an_issuer_that_is_down_keeps_no_pod_from_starting_and_known_keys_go_on(
    start_server: StartServer, tmp_path: Path, own_issuer: LoopbackIssuer, pair: Pair
) -> None:
    own_issuer.is_down = True
    server = start(start_server, tmp_path, pair, variable(own_issuer.url))
    token = own_issuer.token()
    answer = ask(server, token)
    assert (answer.status_code, "their issuer does not answer" in answer.text) == (503, True), server.output
    assert server.get(f"{ADDRESS.prefix}/x", {}).status_code == 401
    server.wait_for_output(f"The keys of the issuer {own_issuer.url} cannot be fetched")
    own_issuer.is_down = False
    wait_until(lambda: ask(server, token).status_code == 200, lambda: server.output)
    own_issuer.is_down = True
    unknown = own_issuer.token({}, OTHER_KEY, header={"kid": "two"})
    assert ask(server, unknown).status_code == 503
    assert ask(server, token).status_code == 200
    assert "Traceback" not in server.output


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_workers_of_an_application_that_the_master_has_imported_fetch_keys_of_their_own(
    start_server: StartServer, tmp_path: Path, own_issuer: LoopbackIssuer, kind: Literal["wsgi", "asgi"]
) -> None:
    (tmp_path / "gunicorn.conf.py").write_text("preload_app = True\nworkers = 2\n")
    server = start(start_server, tmp_path, (kind, "gunicorn"), variable(own_issuer.url))
    wait_until(lambda: own_issuer.asked == 2, lambda: server.output)
    assert {ask(server, own_issuer.token()).status_code for _ in range(10)} == {200}, server.output


def test_a_token_that_was_let_in_is_refused_when_it_has_expired(
    start_server: StartServer, tmp_path: Path, own_issuer: LoopbackIssuer
) -> None:
    server = start(start_server, tmp_path, ("wsgi", "gunicorn"), variable(own_issuer.url))
    token = own_issuer.token({"exp": int(time.time()) - LEEWAY_SECONDS + 3})
    assert ask(server, token).status_code == 200, server.output
    wait_until(lambda: ask(server, token).status_code == 401, lambda: server.output)


@pytest.mark.parametrize("python", ["3.7", "3.9"])
def test_a_token_is_verified_by_what_images_with_an_older_python_get(
    start_server: StartServer, tmp_path: Path, own_issuer: LoopbackIssuer, python: str
) -> None:
    own_issuer.keys += [public(EC_KEY, kid="two")]
    pins = tmp_path / "requirements.txt"
    names = ("gunicorn", "cryptography", "pyjwt")
    pins.write_text("".join((SERVING / f"{name}-requirements.txt").read_text() for name in names))
    programs = other_servers(pins, interpreter(python))
    (tmp_path / "guarded.py").write_text(APPLICATION)
    environment = {"PATH": f"{programs}:/usr/bin:/bin", OIDC_VARIABLE: variable(own_issuer.url)}
    server = start_server(Wsgi("guarded", "wsgi"), environment, tmp_path)
    assert ask(server, own_issuer.token()).status_code == 200, server.output
    by_curve = own_issuer.token({}, EC_KEY, "ES256", {"kid": "two"})
    assert ask(server, by_curve).status_code == 200, server.output
    for refused in (changed(exp=1), changed(aud="other"), forged_with_the_public_key, unsigned, tampered):
        assert ask(server, refused(own_issuer)).status_code == 401, server.output


def test_an_issuer_without_discovery_is_asked_for_its_keys_alone(
    start_server: StartServer, tmp_path: Path, own_issuer: LoopbackIssuer
) -> None:
    told = variable("https://login.acme.example", jwks_uri=f"{own_issuer.url}/certs", caller=None)
    server = start(start_server, tmp_path, ("wsgi", "gunicorn"), told)
    assert ask(server, own_issuer.token({"iss": "https://login.acme.example"})).status_code == 200, (
        server.output
    )


def test_an_authority_of_the_stack_is_believed_and_no_other(
    start_server: StartServer, tmp_path: Path
) -> None:
    authority = trustme.CA()
    secure = LoopbackIssuer(authority)
    secure.keys = [public(RSA_KEY, kid="one")]
    try:
        pem = authority.cert_pem.bytes().decode()
        server = start(start_server, tmp_path, ("wsgi", "gunicorn"), variable(secure.url, certificates=pem))
        assert ask(server, secure.token()).status_code == 200, server.output
        careful = start(start_server, tmp_path, ("wsgi", "gunicorn"), variable(secure.url))
        assert ask(careful, secure.token()).status_code == 503
        careful.wait_for_output("CERTIFICATE_VERIFY_FAILED")
    finally:
        secure.close()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        *((told, "The variable VALOHAI_OIDC is not understood: set `access`") for told in ("", "{}", "[]")),
        (variable("http://login.acme.example"), "The variable VALOHAI_OIDC is not understood"),
    ],
)
def test_a_variable_that_is_not_understood_lets_nobody_in(
    start_server: StartServer, tmp_path: Path, told: str, said: str
) -> None:
    (tmp_path / "guarded.py").write_text(APPLICATION)
    server = start_server(Wsgi("guarded", "wsgi"), {OIDC_VARIABLE: told}, tmp_path, wait=False)
    assert server.wait_for_end() == 4
    assert said in server.output


@pytest.mark.parametrize(("module", "found"), [("__version__ = '1.7.1'", "1.7.1"), ("", "another module")])
def test_an_old_pyjwt_of_the_project_is_told(
    start_server: StartServer, tmp_path: Path, module: str, found: str
) -> None:
    (tmp_path / "guarded.py").write_text(APPLICATION)
    (tmp_path / "jwt.py").write_text(module)
    told = variable("https://login.acme.example")
    server = start_server(Wsgi("guarded", "wsgi"), {OIDC_VARIABLE: told}, tmp_path, wait=False)
    assert server.wait_for_end() == 4
    assert f"takes PyJWT 2.4 or newer, and the image has {found}" in server.output


def test_the_tests_forge_what_a_careless_verifier_takes(issuer: LoopbackIssuer) -> None:
    claims = jwt.decode(tampered(issuer), options={"verify_signature": False})
    assert claims["sub"] == "eve"
    unverified = jwt.get_unverified_header(forged_with_the_public_key(issuer))
    assert unverified["alg"] == "HS256"
