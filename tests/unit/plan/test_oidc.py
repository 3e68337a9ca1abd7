"""Tokens of an identity provider: what the server is told, what the image gets, and mistakes in the keys."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from endpoints.errors import ProjectError
from endpoints.plan import EndpointPlan, StackPlan
from endpoints.plan.models import ImagePlan
from endpoints.stack_file.access import API_KEYS_VARIABLE
from endpoints.stack_file.oidc import OIDC_VARIABLE
from tests.unit.plan.test_access import SECRETS, planned, with_settings

Plan = Callable[[str], StackPlan]

ISSUER = "https://login.acme.example/realms/ml"
ACCESS = f"kind: oidc, issuer: '{ISSUER}', audience: digits"


def told(endpoint: EndpointPlan) -> dict[str, object]:
    read: dict[str, object] = json.loads(endpoint.environment[OIDC_VARIABLE])
    return read


def test_the_server_is_told_what_a_token_must_be(plan: Plan, stack: str) -> None:
    written = f"access: {{{ACCESS}, claims: {{groups: [ml], realm: {{level: 2}}, email_verified: true}}}}"
    endpoint = planned(plan, with_settings(stack, written, ""))
    assert told(endpoint) == {
        "issuer": ISSUER,
        "audience": ["digits"],
        "claims": {"groups": ["ml"], "realm": {"level": 2}, "email_verified": True},
        "caller": "sub",
        "jwks_uri": None,
        "certificates": None,
    }
    assert API_KEYS_VARIABLE not in endpoint.secret_environment


def test_every_key_reaches_the_server(plan: Plan, stack: str) -> None:
    rest = "callerClaim: email, jwksUri: 'https://login.acme.example/keys', keys: {smoke: {secret: key}}"
    written = f"access: {{{ACCESS.replace('digits', '[digits, $(HOME)]')}, {rest}}}"
    endpoint = planned(plan, with_settings(stack, written))
    found = told(endpoint)
    assert found["caller"] == "email"
    assert found["jwks_uri"] == "https://login.acme.example/keys"
    # As Kubernetes wants it, which would replace a variable's name.
    assert found["audience"] == ["digits", "$$(HOME)"]
    digests = json.loads(endpoint.secret_environment[API_KEYS_VARIABLE].get_secret_value())
    assert list(digests) == ["smoke"]


def test_claims_of_several_places_are_wanted_together_and_another_kind_replaces_all(
    plan: Plan, stack: str
) -> None:
    general = f"  endpoints:defaults: {{access: {{{ACCESS}, claims: {{groups: [ml]}}}}}}\n"
    text = with_settings(stack, "access: {claims: {scope: predict}}", general)
    with pytest.raises(ProjectError, match=r"access: kind is missing; add it"):
        plan(text)
    text = with_settings(stack, f"access: {{{ACCESS}, claims: {{scope: predict}}}}", general)
    only = text.replace("greet: {}", "greet: {access: null}")
    assert told(planned(plan, only))["claims"] == {"groups": ["ml"], "scope": "predict"}
    keys = with_settings(stack, "access: {kind: apiKeys, keys: {a: {secret: key}}}", general + SECRETS)
    by_key = planned(plan, keys.replace("greet: {}", "greet: {access: null}"))
    assert OIDC_VARIABLE not in by_key.environment
    assert API_KEYS_VARIABLE in by_key.secret_environment


def test_the_image_gets_what_verifies_tokens_where_tokens_count(plan: Plan, stack: str) -> None:
    with_tokens = planned(plan, with_settings(stack, f"access: {{{ACCESS}}}", "")).image
    without = planned(plan, with_settings(stack, "", "")).image
    assert isinstance(with_tokens, ImagePlan)
    assert isinstance(without, ImagePlan)
    installed = "--unless-found jwt -r /valohai/serving/pyjwt-requirements.txt"
    assert (installed in with_tokens.dockerfile, installed in without.dockerfile) == (True, False)
    assert "--unless-found cryptography" in with_tokens.dockerfile


def test_pods_believe_the_authority_of_a_file(plan: Plan, stack: str, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    written = f"access: {{{ACCESS}, certificateAuthority: '{tmp_path}/ca.pem'}}"
    assert told(planned(plan, with_settings(stack, written, "")))["certificates"] == (
        (tmp_path / "ca.pem").read_text()
    )
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ProjectError, match=r"certificateAuthority: the file .* it has no PEM certificates"):
        plan(with_settings(stack, written, ""))
    (tmp_path / "ca.pem").unlink()
    with pytest.raises(ProjectError, match=r"certificateAuthority: the file .* No such file"):
        plan(with_settings(stack, written, ""))


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ("smokeRequest: {}", True),
        ("smokeRequest: {status: 401}", False),
        ("smokeRequest: {status: 4xx}", False),
        ("smokeRequest: {headers: {authorization: {secret: key}}}", False),
    ],
)
def test_a_smoke_request_that_nobody_lets_in_is_told(
    plan: Plan, stack: str, settings: str, is_told: bool
) -> None:
    text = with_settings(stack, f"access: {{{ACCESS}}}, {settings}")
    if is_told:
        with pytest.raises(ProjectError, match=r"smokeRequest: is answered by 401.* add a key for it"):
            plan(text)
    else:
        assert planned(plan, text).smoke_request is not None


def test_the_smoke_request_carries_the_first_of_the_keys(plan: Plan, stack: str) -> None:
    written = f"access: {{{ACCESS}, keys: {{smoke: {{secret: key}}}}}}, smokeRequest: {{}}"
    request = planned(plan, with_settings(stack, written)).smoke_request
    assert request is not None
    assert list(request.secret_headers) == ["X-API-Key"]


def test_no_variable_of_the_project_replaces_what_a_token_must_be(plan: Plan, stack: str) -> None:
    text = with_settings(stack, f"access: {{{ACCESS}}}, environment: {{{OIDC_VARIABLE}: '{{}}'}}", "")
    with pytest.raises(ProjectError, match=f"environment.{OIDC_VARIABLE}: is the variable of `access`"):
        plan(text)


def test_a_server_that_does_not_verify_tokens_is_told(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", f"greet: {{access: {{{ACCESS}}}}}")
    with pytest.raises(ProjectError, match="access: needs `wsgi` and an image that is built here"):
        plan(text)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("kind: oidc, audience: digits", "access.issuer: is missing; add it"),
        (f"kind: oidc, issuer: '{ISSUER}'", "access.audience: is missing; add it"),
        ("kind: oidc, issuer: 'http://login.acme.example', audience: a", "allowed: an https URL"),
        ("kind: oidc, issuer: 'https://a:s73577357@b', audience: a", "issuer: holds a user name or password"),
        ("kind: oidc, issuer: 'https://login.acme.example?a', audience: a", "allowed: an https URL"),
        (f"{ACCESS}, jwksUri: keys", 'jwksUri: found "keys"; allowed: an https URL'),
        (f"kind: oidc, issuer: '{ISSUER}', audience: []", "audience: found a list; allowed: a name"),
        (f"kind: oidc, issuer: '{ISSUER}', audience: 3", "audience: found the number 3; allowed: a name"),
        (f"{ACCESS}, claims: [ml]", "claims: found a list; allowed: values by the names of claims"),
        (f"{ACCESS}, claims: {{groups: []}}", "allowed: values by the names of claims"),
        (f"{ACCESS}, claims: {{groups: null}}", "allowed: values by the names of claims"),
        (f"{ACCESS}, claims: {{level: 1.5}}", "allowed: values by the names of claims"),
        (f"{ACCESS}, claims: {{realm: {{}}}}", "allowed: values by the names of claims"),
        (f"{ACCESS}, claim: {{a: b}}", "claim: unknown key; did you mean claims"),
        (f"{ACCESS}, keys: {{smoke: s73577357}}", "keys.smoke: found a string; allowed: {secret: NAME}"),
        (f"{ACCESS}, keys: {{smoke: {{secret: lost}}}}", 'keys.smoke: found secret "lost", which is not in'),
        ("kind: oicd", "access: found "),
    ],
)
def test_mistakes_are_told_at_their_place(plan: Plan, stack: str, written: str, said: str) -> None:
    with pytest.raises(ProjectError) as raised:
        plan(with_settings(stack, f"access: {{{written}}}", ""))
    (problem,) = [str(problem) for problem in raised.value.problems]
    assert said in problem
    assert "s73577357" not in problem
    assert "Pulumi." in problem or "stack configuration" in problem
