"""What routers say of listeners: Traefik, which tests/cluster/preflight asks, does not say all of it."""

from collections.abc import Callable
from typing import Any

import pytest

from endpoints.cluster.api import Object
from endpoints.preflight.facts import Finding
from tests.unit.preflight.conftest import NAMESPACE, PREFIX, SOUND, Judge

REFERENCE = {"name": "public", "namespace": "routers"}
GENERATION = 2

JudgeGateway = Callable[..., list[Finding]]


@pytest.fixture
def judge_gateway(judge: Judge) -> JudgeGateway:
    """Judge a cluster with a Gateway, and maybe with `routes` and the namespace.

    Other keywords are settings of the routing.
    """

    def run(
        gateway: Object,
        /,
        *,
        routes: tuple[Object, ...] = (),
        namespace: Object | None = None,
        **routing: Any,
    ) -> list[Finding]:
        served = {"gateway.networking.k8s.io": {"v1": frozenset({"httproutes"})}}
        facts = {"gateway": (gateway,), "groups": {**(SOUND.groups or {}), **served}, "routes": routes}
        within = None if namespace is None else {"namespace": (namespace,)}
        return judge(but=facts, within=within, routing={"kind": "gateway", "gateway": REFERENCE, **routing})

    return run


def listener_of(name: str, protocol: str = "HTTP", **fields: Any) -> Object:
    return {
        "name": name,
        "protocol": protocol,
        "allowedRoutes": {"namespaces": {"from": "All"}},
        **fields,
    }


def gateway(*listeners: Object, **conditions: list[Object]) -> Object:
    """Return a Gateway, of whose listeners the router says what the keywords of their names say."""
    status = [{"name": name, "conditions": told} for name, told in conditions.items()]
    return {
        "metadata": {**REFERENCE, "generation": GENERATION},
        "spec": {"listeners": list(listeners)},
        "status": {"listeners": status},
    }


def condition(
    type_: str, status: str, reason: str, message: str = "", generation: int = GENERATION
) -> Object:
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": generation,
    }


NOT_PROGRAMMED = condition("Programmed", "False", "Invalid", "Invalid\ncertificates")
FINE = condition("Programmed", "True", "Programmed")


@pytest.mark.parametrize(
    ("listener", "scheme", "told"),
    [
        ("secure", "https", False),
        ("open", "https", True),
        (None, "https", True),
        ("open", "http", False),
    ],
)
def test_https_by_a_listener_without_tls_is_told(
    judge_gateway: JudgeGateway, listener: str | None, scheme: str, told: bool
) -> None:
    reference = REFERENCE | ({"listener": listener} if listener else {})
    found = judge_gateway(
        gateway(listener_of("open"), listener_of("secure", "HTTPS")), gateway=reference, scheme=scheme
    )
    texts = [str(finding.problem) for finding in found]
    assert [finding.fatal for finding in found] == [False] * told
    assert all("routing.scheme: is https, but the Gateway public" in text for text in texts)
    assert all("without TLS on open; set gateway.listener" in text for text in texts)


@pytest.mark.parametrize(
    ("conditions", "told", "fatal"),
    [
        ([NOT_PROGRAMMED], "is not ready: Invalid certificates (Invalid); see `kubectl describe", True),
        (
            [NOT_PROGRAMMED, condition("Conflicted", "True", "HostnameConflict", "as the listener b")],
            "is not ready: as the listener b (HostnameConflict); see `kubectl describe",
            True,
        ),
        (
            [condition("ResolvedRefs", "False", "RefNotPermitted", "no grant"), NOT_PROGRAMMED],
            "no grant (RefNotPermitted); create a ReferenceGrant in the namespace of the Secret",
            True,
        ),
        ([condition("Programmed", "False", "Pending", "no port yet")], "no port yet (Pending)", False),
        ([condition("Programmed", "Unknown", "Invalid", "wait")], "wait (Invalid)", False),
        ([condition("Accepted", "False", "PortUnavailable", "no port")], "no port (PortUnavailable)", True),
    ],
)
def test_a_listener_that_does_not_serve_is_told_in_the_words_of_the_router(
    judge_gateway: JudgeGateway, conditions: list[Object], told: str, fatal: bool
) -> None:
    (finding,) = judge_gateway(gateway(listener_of("web"), web=conditions))
    assert "routing.gateway: the listener web of the Gateway public" in str(finding.problem)
    assert told in str(finding.problem)
    assert finding.fatal is fatal


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [FINE],
        [condition("Programmed", "False", "Invalid", generation=GENERATION - 1)],
        # Routes of other kinds are none of these.
        [condition("ResolvedRefs", "False", "InvalidRouteKinds"), FINE],
    ],
)
def test_nothing_is_said_of_a_listener_that_serves_or_of_which_nothing_is_known(
    judge_gateway: JudgeGateway, conditions: list[Object]
) -> None:
    assert judge_gateway(gateway(listener_of("web"), web=conditions)) == []


def test_a_gateway_without_a_status_is_not_judged(judge_gateway: JudgeGateway) -> None:
    assert judge_gateway({"metadata": REFERENCE, "spec": {"listeners": [listener_of("web")]}}) == []


@pytest.mark.parametrize(("scheme", "fatal"), [("http", []), ("https", [False, False])])
def test_where_another_listener_serves_one_that_does_not_is_told_if_urls_have_its_scheme(
    judge_gateway: JudgeGateway, scheme: str, fatal: list[bool]
) -> None:
    found = judge_gateway(
        gateway(listener_of("open"), listener_of("secure", "HTTPS"), open=[FINE], secure=[NOT_PROGRAMMED]),
        scheme=scheme,
    )
    # The second: routes come in without TLS by the first.
    assert [finding.fatal for finding in found] == fatal
    assert all("listener secure" in str(finding.problem) for finding in found[:1])


def test_listeners_of_which_one_may_yet_serve_are_no_error(judge_gateway: JudgeGateway) -> None:
    pending = condition("Programmed", "False", "Pending")
    found = judge_gateway(gateway(listener_of("a"), listener_of("b"), a=[pending], b=[NOT_PROGRAMMED]))
    assert [finding.fatal for finding in found] == [False, False]


@pytest.mark.parametrize(
    ("hostname", "is_taken"),
    [
        (None, True),
        ("", True),
        ("models.acme.example", True),
        ("*.acme.example", True),
        ("*.example", True),
        ("acme.example", False),
        ("*.models.acme.example", False),
        ("*.cme.example", False),
    ],
)
def test_a_listener_takes_routes_of_its_own_host_and_of_those_below_a_wildcard(
    judge_gateway: JudgeGateway, hostname: str | None, is_taken: bool
) -> None:
    listener = listener_of("web", **({} if hostname is None else {"hostname": hostname}))
    found = judge_gateway(gateway(listener), host="models.acme.example")
    assert [finding.fatal for finding in found] == [True] * (not is_taken)


def test_routes_without_a_host_are_taken_by_listeners_with_one(judge_gateway: JudgeGateway) -> None:
    assert judge_gateway(gateway(listener_of("web", hostname="models.acme.example"))) == []


@pytest.mark.parametrize(
    ("hostnames", "told"),
    [
        (["models.acme.example"], [True]),
        (["other.example", "models.acme.example"], [True]),
        (["other.example"], []),
        # Whoever names no host is asked for this one too, and a router may prefer either.
        (None, [False]),
    ],
)
def test_a_route_of_somebody_else_is_in_the_way_at_the_same_host_alone(
    judge_gateway: JudgeGateway, hostnames: list[str] | None, told: list[bool]
) -> None:
    spec = {
        "parentRefs": [REFERENCE],
        "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": PREFIX}}]}],
        **({} if hostnames is None else {"hostnames": hostnames}),
    }
    route = {"metadata": {"name": "other", "namespace": "others"}, "spec": spec}
    found = judge_gateway(gateway(listener_of("web")), routes=(route,), host="models.acme.example")
    assert [finding.fatal for finding in found] == told


@pytest.mark.parametrize(
    ("selected", "labels", "is_taken"),
    [
        # Labels that the update writes, and those that somebody else has written before.
        ({"valohai.com/organization": "acme"}, None, True),
        ({"routed": "yes"}, {"routed": "yes"}, True),
        ({"routed": "yes"}, {"routed": "no"}, False),
        ({"routed": "yes"}, None, False),
    ],
)
def test_a_listener_selects_namespaces_by_the_labels_that_they_have_and_will_get(
    judge_gateway: JudgeGateway,
    selected: dict[str, str],
    labels: dict[str, str] | None,
    is_taken: bool,
) -> None:
    allowed = {"namespaces": {"from": "Selector", "selector": {"matchLabels": selected}}}
    namespace = {"metadata": {"name": NAMESPACE, "uid": "1", "labels": labels}}
    found = judge_gateway(gateway(listener_of("web", allowedRoutes=allowed)), namespace=namespace)
    refused = [one for one in found if "does not allow routes from the namespace" in str(one.problem)]
    assert [finding.fatal for finding in refused] == [True] * (not is_taken)
