from collections.abc import Callable

import pytest
from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.plan import SmokeRequest, StackPlan

Plan = Callable[[str], StackPlan]

PLACE = "stacks/Pulumi.test.yaml:14: endpoints:deployments[0].versions[0].endpoints.greet.smokeRequest"
SECRETS = "  endpoints:secrets: {key: {secure: s73577357}}\n"


def with_request(stack: str, written: str) -> str:
    return stack.replace("greet: {}", f"greet: {{smokeRequest: {written}}}")


def planned(plan: Plan, text: str) -> SmokeRequest:
    ((version,),) = [deployment.versions for deployment in plan(text).deployments]
    (greet,) = [endpoint for endpoint in version.endpoints if endpoint.address.endpoint == "greet"]
    assert greet.smoke_request is not None
    return greet.smoke_request


def test_the_path_is_below_the_prefix(plan: Plan, stack: str) -> None:
    prefix = "/acme/shapes/production/20261101.0/greet"
    assert planned(plan, with_request(stack, "{}")).path == prefix
    assert planned(plan, with_request(stack, "{path: '/list?n=3'}")).path == f"{prefix}/list?n=3"


@pytest.mark.parametrize(
    ("written", "method", "body", "content_type"),
    [
        ("{}", "GET", None, None),
        ("{text: ä}", "POST", "ä".encode(), "text/plain; charset=utf-8"),
        ("{json: {a: 1}, method: PUT}", "PUT", b'{"a": 1}', "application/json"),
        ("{file: model.npz}", "POST", b"weights", "application/octet-stream"),
        ("{file: model.npz, contentType: image/png}", "POST", b"weights", "image/png"),
        ("{text: <a/>, headers: {content-type: text/xml}}", "POST", b"<a/>", None),
    ],
)
def test_method_and_content_type_follow_the_body(
    plan: Plan, stack: str, written: str, method: str, body: bytes | None, content_type: str | None
) -> None:
    found = planned(plan, with_request(stack, written))
    assert (found.method, found.body, found.headers.get("Content-Type")) == (method, body, content_type)


def test_a_header_from_a_secret_is_apart_and_shown_nowhere(plan: Plan, stack: str) -> None:
    text = with_request(stack, "{headers: {X-Key: {secret: key}, X-Mode: fast}}") + SECRETS
    found = planned(plan, text)
    assert found.secret_headers == {"X-Key": SecretStr("s73577357")}
    assert found.headers == {"User-Agent": "smoke-request", "X-Mode": "fast"}
    assert "s73577357" not in repr(plan(text))
    assert not any("this secret is not used" in str(advice) for advice in plan(text).advice)


@pytest.mark.parametrize(
    ("written", "key", "expected"),
    [
        ("{file: 7.png}", ".file", "7.png cannot be read: No such file or directory; give a file on"),
        (
            '{headers: {X-A: "a\\nb"}}',
            ".headers.X-A",
            ("contains a character that a header cannot have, such as a line break"),
        ),
        ("{headers: {X-A: {secret: ky}}}", ".headers.X-A", 'found secret "ky", which is not in'),
    ],
)
def test_what_cannot_be_sent_is_told_with_its_place(
    plan: Plan, stack: str, written: str, key: str, expected: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        plan(with_request(stack, written) + SECRETS)
    (message,) = map(str, raised.value.problems)
    assert message.startswith(f"{PLACE}{key}: ")
    assert expected in message


def test_a_secret_that_no_header_can_hold_is_told_without_its_value(plan: Plan, stack: str) -> None:
    text = with_request(stack, "{headers: {X-Key: {secret: key}}}")
    with pytest.raises(ProjectError) as raised:
        plan(text + '  endpoints:secrets: {key: {secure: "s73577357\\n"}}\n')
    assert "the secret key contains a character that a header cannot have" in str(raised.value)
    assert "s73577357" not in str(raised.value)


def test_where_no_host_is_known_the_router_cannot_be_asked(plan: Plan, stack: str) -> None:
    cluster = (
        "{kind: user, context: prod}\n"
        "  endpoints:registry: {repository: registry.acme.example/ml}\n"
        "  endpoints:routing: {kind: ingress}"
    )
    text = with_request(stack, "{}").replace("{kind: embedded}", cluster)
    with pytest.raises(ProjectError) as raised:
        plan(text)
    assert "smokeRequest: needs the host of the stack's routing to reach the router; add it, or" in (
        str(raised.value)
    )
    assert planned(plan, text.replace("smokeRequest: {}", "smokeRequest: {via: pod}")).via == "pod"
