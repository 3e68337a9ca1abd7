"""The keys of an endpoint become digests that its server is told, and a header of its smoke request."""

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.plan import EndpointPlan, StackPlan
from endpoints.stack_file.access import API_KEYS_VARIABLE, CORS_VARIABLE

Plan = Callable[[str], StackPlan]

KEY, NEXT = "partner-s73577357", "partner-s73577358"
SECRETS = f"  endpoints:secrets: {{key: {{secure: {KEY}}}, next: {{secure: {NEXT}}}}}\n"
ACCESS = "access: {kind: apiKeys, keys: {partner: {secret: key}, other: {secret: next}}}"


def with_settings(stack: str, written: str, secrets: str = SECRETS) -> str:
    files = "files: {model: {path: model.npz}}"
    return stack.replace(f"predict:\n              {files}", f"predict: {{{files}, {written}}}") + secrets


def planned(plan: Plan, text: str) -> EndpointPlan:
    ((version,),) = [deployment.versions for deployment in plan(text).deployments]
    (predict,) = [endpoint for endpoint in version.endpoints if endpoint.address.endpoint == "predict"]
    return predict


def test_the_server_is_told_digests_by_a_secret_variable(plan: Plan, stack: str) -> None:
    told = planned(plan, with_settings(stack, ACCESS)).secret_environment[API_KEYS_VARIABLE]
    digests = {"partner": KEY, "other": NEXT}
    expected = {name: hashlib.sha256(key.encode()).hexdigest() for name, key in digests.items()}
    assert json.loads(told.get_secret_value()) == expected
    assert API_KEYS_VARIABLE not in planned(plan, with_settings(stack, "")).secret_environment


def test_no_variable_of_the_project_replaces_the_keys(plan: Plan, stack: str) -> None:
    text = with_settings(stack, f"{ACCESS}, environment: {{{API_KEYS_VARIABLE}: '{{}}'}}")
    with pytest.raises(ProjectError, match=API_KEYS_VARIABLE):
        plan(text)


@pytest.mark.parametrize(
    ("headers", "sent"),
    [("{}", "X-API-Key"), ("{authorization: Bearer x}", None), ("{X-Api-KEY: {secret: next}}", "X-Api-KEY")],
)
def test_the_smoke_request_carries_a_key_unless_it_has_one(
    plan: Plan, stack: str, headers: str, sent: str | None
) -> None:
    text = with_settings(stack, f"{ACCESS}, smokeRequest: {{headers: {headers}}}")
    request = planned(plan, text).smoke_request
    assert request is not None
    key = SecretStr(KEY if sent == "X-API-Key" else NEXT)
    assert request.secret_headers == ({sent: key} if sent else {})


@pytest.mark.parametrize(
    ("written", "secrets", "told"),
    [
        (
            ACCESS,
            f"  endpoints:secrets: {{key: {{secure: {KEY}}}}}\n",
            'keys.other: found secret "next", which is not in',
        ),
        (ACCESS, SECRETS.replace(NEXT, KEY), "keys.other: is the same as the key partner"),
        (
            ACCESS,
            SECRETS.replace(NEXT, "short"),
            "keys.other: its secret must have 16 or more ASCII characters",
        ),
        (
            ACCESS,
            SECRETS.replace(NEXT, "'with a blank inside'"),
            "keys.other: its secret must have 16 or more",
        ),
        ("access: {kind: apiKeys, keys: {}}", SECRETS, "has 0 keys; allowed: 1 to 32"),
        ("access: {kind: apiKeys, keys: {'a b': {secret: key}}}", SECRETS, "allowed as a key's name"),
        ("access: {kind: apiKeys, keys: {partner: plain-s7357735}}", SECRETS, "allowed: {secret: NAME}"),
        ("access: {kind: basic, keys: {partner: {secret: key}}}", SECRETS, "kind"),
    ],
)
def test_keys_that_cannot_be_used_are_told_at_their_place(
    plan: Plan, stack: str, written: str, secrets: str, told: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        plan(with_settings(stack, written, secrets))
    (problem,) = raised.value.problems
    assert told in str(problem)
    assert "access" in str(problem)
    assert "s7357735" not in str(problem)


CORS = "cors: {origins: ['https://app.acme.example', 'http://localhost:3000']}"


def test_the_server_is_told_whose_pages_may_ask_by_a_variable(plan: Plan, stack: str) -> None:
    told = json.loads(planned(plan, with_settings(stack, CORS)).environment[CORS_VARIABLE])
    assert told == {
        "origins": ["https://app.acme.example", "http://localhost:3000"],
        "methods": ["GET", "HEAD", "POST"],
        "headers": ["Authorization", "Content-Type", "X-API-Key"],
        "credentials": False,
        "max_age": 600,
    }
    assert CORS_VARIABLE not in planned(plan, with_settings(stack, "")).environment


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("cors: {origins: [app.acme.example]}", "allowed: an origin, such as https://app.acme.example"),
        ("cors: {origins: ['https://app.acme.example/']}", "allowed: an origin"),
        ("cors: {origins: []}", "is empty; name an origin, or remove cors"),
        ("cors: {origins: ['*'], credentials: true}", "which browsers refuse; name the origins"),
        ("cors: {origins: ['*'], methods: ['GET POST']}", "allowed: the name of a method or header"),
    ],
)
def test_pages_that_no_browser_would_let_ask_are_told(
    plan: Plan, stack: str, written: str, told: str
) -> None:
    with pytest.raises(ProjectError, match="cors") as raised:
        plan(with_settings(stack, written))
    assert told in str(raised.value)


def proxied(plan: Plan, stack: str, written: str) -> EndpointPlan:
    """Return the plan of the `server-command` greet with these settings."""
    text = stack.replace("greet: {}", f"greet: {{{written}}}") + SECRETS
    ((version,),) = [deployment.versions for deployment in plan(text).deployments]
    (greet,) = [endpoint for endpoint in version.endpoints if endpoint.address.endpoint == "greet"]
    return greet


@pytest.mark.parametrize("written", [ACCESS, CORS, f"{ACCESS}, {CORS}"])
def test_a_proxy_sees_to_it_for_other_servers_which_are_told_nothing(
    plan: Plan, stack: str, written: str
) -> None:
    greet = proxied(plan, stack, written)
    assert greet.proxy is not None
    assert greet.proxy.asks_for_keys == ("access" in written)
    assert (KEY in greet.proxy.configuration.get_secret_value()) == ("access" in written)
    assert KEY not in repr(greet)
    assert not {API_KEYS_VARIABLE, CORS_VARIABLE} & {*greet.environment, *greet.secret_environment}


def test_only_endpoints_that_need_a_proxy_have_one(plan: Plan, stack: str) -> None:
    assert proxied(plan, stack, "accessLog: json").proxy is None
    assert planned(plan, with_settings(stack, f"{ACCESS}, {CORS}")).proxy is None


def test_what_a_pod_takes_of_a_quota_includes_its_proxy(plan: Plan, stack: str) -> None:
    bare, guarded = (proxied(plan, stack, written) for written in ("", ACCESS))
    more = {
        name: amount - bare.taken_of_quota().get(name, 0)
        for name, amount in guarded.taken_of_quota().items()
        if amount != bare.taken_of_quota().get(name, 0)
    }
    assert more == {
        "requests.cpu": Decimal("0.05"),
        "requests.memory": 96 * 1024**2,
        "limits.memory": 256 * 1024**2,
    }
    defaults = {"cpu": "2"}
    taken = guarded.taken_of_quota(defaults, defaults)["limits.cpu"]
    assert taken == bare.taken_of_quota(defaults, defaults)["limits.cpu"] + 2
    assert guarded.taken_by_server() == bare.taken_by_server()


@pytest.mark.parametrize(("port", "expected"), [(9466, 9467), (9467, 9466)])
def test_the_proxy_has_a_port_of_its_own(plan: Plan, stack: str, port: int, expected: int) -> None:
    written = f"{ACCESS}, metrics: {{scrape: annotations, port: {port}}}"
    proxy = proxied(plan, stack, written).proxy
    assert proxy is not None
    assert proxy.port == expected


def test_the_image_of_the_proxy_can_be_another(plan: Plan, stack: str) -> None:
    proxy = proxied(plan, stack, f"{CORS}, proxyImage: registry.acme.example/envoy:1").proxy
    assert proxy is not None
    assert proxy.image == "registry.acme.example/envoy:1"
    with pytest.raises(ProjectError, match="proxyImage"):
        proxied(plan, stack, f"{CORS}, proxyImage: ''")


@pytest.mark.parametrize(
    ("patched", "told"),
    [
        ("null", "would remove the container proxy"),
        ("[{name: proxy, image: other}]", "image is decided by `proxyImage`"),
        ("[{name: proxy, $patch: delete}]", "would remove or replace the proxy"),
    ],
)
def test_no_patch_takes_the_proxy_away(plan: Plan, stack: str, patched: str, told: str) -> None:
    written = f"overrides: {{Deployment: {{spec: {{template: {{spec: {{initContainers: {patched}}}}}}}}}}}"
    with pytest.raises(ProjectError) as raised:
        proxied(plan, stack, f"{ACCESS}, {written}")
    assert told in str(raised.value)
    assert proxied(plan, stack, written).proxy is None
