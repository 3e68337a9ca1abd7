"""Every rule of https://kubernetes.io/docs/concepts/services-networking/network-policies/ as a table."""

from ipaddress import ip_address
from typing import Any

import pytest

from localcluster.network_policy.objects import Pod, Policy
from localcluster.network_policy.rules import Isolation, Permission, isolations

NAMESPACES = {"team": {"name": "team", "zone": "in"}, "other": {"name": "other"}, "empty": {"name": "empty"}}


def pod(namespace: str, name: str, *addresses: str, **ports: int) -> Pod:
    return Pod(
        uid=f"{namespace}/{name}",
        namespace=namespace,
        name=name,
        labels={"app": name},
        addresses=tuple(ip_address(address) for address in addresses),
        named_ports={(port, "TCP"): number for port, number in ports.items()},
    )


WEB = pod("team", "web", "10.0.0.1", "fd00::1", http=8000, metrics=9000)
API = pod("team", "api", "10.0.0.2", "fd00::2", http=8080)
OTHER_WEB = pod("other", "web", "10.0.0.3", "fd00::3", http=80)
PODS = [WEB, API, OTHER_WEB]

Connection = tuple[str, str, int]
TCP_8000_FROM_API: Connection = ("10.0.0.2", "TCP", 8000)
TCP_8000_FROM_OTHER: Connection = ("10.0.0.3", "TCP", 8000)
TCP_8000_FROM_OUTSIDE: Connection = ("192.0.2.7", "TCP", 8000)


def isolation(*specs: dict[str, Any], of: Pod = WEB, namespace: str = "team") -> Isolation:
    policies = [
        Policy(namespace, f"policy-{number}", {"podSelector": {}, **spec})
        for number, spec in enumerate(specs)
    ]
    return isolations(PODS, NAMESPACES, policies)[of.uid]


def permits(permissions: frozenset[Permission] | None, connection: Connection) -> bool:
    """Tell whether a connection with a peer, by a protocol, at a port is permitted."""
    peer, protocol, port = connection
    if permissions is None:
        return True
    return any(
        (one.peers is None or any(ip_address(peer) in network for network in one.peers))
        and (
            one.ports is None
            or (
                one.ports.protocol == protocol
                and (one.ports.first is None or one.ports.first <= port <= (one.ports.last or 0))
            )
        )
        for one in permissions
    )


@pytest.mark.parametrize(
    ("spec", "ingress", "egress"),
    [
        ({"policyTypes": ["Ingress"]}, True, False),
        ({"policyTypes": ["Egress"]}, False, True),
        ({"policyTypes": ["Ingress", "Egress"]}, True, True),
        ({}, True, False),
        ({"egress": [{}]}, True, True),
        ({"ingress": [{}]}, True, False),
        ({"podSelector": {"matchLabels": {"app": "api"}}}, False, False),
    ],
)
def test_a_policy_isolates_the_pods_that_it_selects_in_its_directions(
    spec: dict[str, Any], ingress: bool, egress: bool
) -> None:
    found = isolation(spec)
    assert (found.ingress is not None, found.egress is not None) == (ingress, egress)


def test_a_policy_isolates_no_pod_of_another_namespace() -> None:
    assert isolation({"policyTypes": ["Ingress", "Egress"]}, of=OTHER_WEB) == Isolation(None, None)


def test_an_isolated_pod_without_rules_may_nothing() -> None:
    assert isolation({"policyTypes": ["Ingress", "Egress"]}) == Isolation(frozenset(), frozenset())


SAME_NAMESPACE_API = {"podSelector": {"matchLabels": {"app": "api"}}}
EVERY_PEER_CASE: list[tuple[Any, list[Connection], list[Connection]]] = [
    # A rule without peers is for everybody, inside and outside the cluster.
    (None, [TCP_8000_FROM_API, TCP_8000_FROM_OTHER, TCP_8000_FROM_OUTSIDE], []),
    ([], [TCP_8000_FROM_API, TCP_8000_FROM_OTHER, TCP_8000_FROM_OUTSIDE], []),
    # A pod selector alone means pods of the policy's own namespace.
    ([SAME_NAMESPACE_API], [TCP_8000_FROM_API, ("fd00::2", "TCP", 1)], [TCP_8000_FROM_OTHER]),
    ([{"podSelector": {}}], [TCP_8000_FROM_API], [TCP_8000_FROM_OTHER, TCP_8000_FROM_OUTSIDE]),
    ([{"podSelector": {"matchLabels": {"app": "web"}}}], [], [TCP_8000_FROM_OTHER]),
    # A namespace selector alone means all pods of these namespaces.
    (
        [{"namespaceSelector": {"matchLabels": {"name": "other"}}}],
        [TCP_8000_FROM_OTHER],
        [TCP_8000_FROM_API, TCP_8000_FROM_OUTSIDE],
    ),
    ([{"namespaceSelector": {}}], [TCP_8000_FROM_API, TCP_8000_FROM_OTHER], [TCP_8000_FROM_OUTSIDE]),
    ([{"namespaceSelector": {"matchLabels": {"name": "empty"}}}], [], [TCP_8000_FROM_API]),
    # Both in one entry: pods of that kind in namespaces of that kind.
    (
        [{"namespaceSelector": {"matchLabels": {"name": "other"}}, **SAME_NAMESPACE_API}],
        [],
        [TCP_8000_FROM_API, TCP_8000_FROM_OTHER],
    ),
    (
        [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}],
        [TCP_8000_FROM_OTHER],
        [TCP_8000_FROM_API],
    ),
    # In two entries: either.
    (
        [{"namespaceSelector": {"matchLabels": {"name": "other"}}}, SAME_NAMESPACE_API],
        [TCP_8000_FROM_API, TCP_8000_FROM_OTHER],
        [TCP_8000_FROM_OUTSIDE],
    ),
    # Address ranges, with exceptions.
    ([{"ipBlock": {"cidr": "192.0.2.0/24"}}], [TCP_8000_FROM_OUTSIDE], [TCP_8000_FROM_API]),
    (
        [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.4/30"]}}],
        [("192.0.2.8", "TCP", 1), ("192.0.2.3", "TCP", 1)],
        [TCP_8000_FROM_OUTSIDE],
    ),
    (
        [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.0.2.7/32"]}}],
        [("192.0.2.8", "TCP", 1)],
        [TCP_8000_FROM_API, TCP_8000_FROM_OUTSIDE, ("2001:db8::1", "TCP", 1)],
    ),
    (
        [{"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]}}],
        [("2001:db8::1", "TCP", 1)],
        [("2001:db8:1::1", "TCP", 1), TCP_8000_FROM_OUTSIDE],
    ),
    # An exception of one entry takes nothing from another.
    (
        [
            {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.7/32"]}},
            {"ipBlock": {"cidr": "192.0.2.0/28"}},
        ],
        [TCP_8000_FROM_OUTSIDE],
        [TCP_8000_FROM_API],
    ),
    ([{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/24"]}}], [], [TCP_8000_FROM_OUTSIDE]),
]


@pytest.mark.parametrize(("peers", "allowed", "refused"), EVERY_PEER_CASE)
@pytest.mark.parametrize(("direction", "side"), [("ingress", "from"), ("egress", "to")])
def test_a_rule_is_for_the_peers_that_it_names(
    peers: Any, allowed: list[Connection], refused: list[Connection], direction: str, side: str
) -> None:
    rule = {} if peers is None else {side: peers}
    found = isolation({"policyTypes": [direction.capitalize()], direction: [rule]})
    permissions = found.ingress if direction == "ingress" else found.egress
    assert permissions is not None
    assert [one for one in allowed if not permits(permissions, one)] == []
    assert [one for one in refused if permits(permissions, one)] == []


@pytest.mark.parametrize(
    ("ports", "allowed", "refused"),
    [
        ([], [("TCP", 1), ("UDP", 65535), ("SCTP", 7)], []),
        ([{"port": 8000}], [("TCP", 8000)], [("UDP", 8000), ("TCP", 8001)]),
        ([{"port": 53, "protocol": "UDP"}], [("UDP", 53)], [("TCP", 53)]),
        ([{"protocol": "SCTP"}], [("SCTP", 1), ("SCTP", 65535)], [("TCP", 1)]),
        ([{"port": 32000, "endPort": 32768}], [("TCP", 32000), ("TCP", 32768)], [("TCP", 32769)]),
        ([{"port": 1}, {"port": 2, "protocol": "UDP"}], [("TCP", 1), ("UDP", 2)], [("TCP", 2)]),
        ([{"port": "metrics"}], [("TCP", 9000)], [("TCP", 8000), ("UDP", 9000)]),
        ([{"port": "metrics", "protocol": "UDP"}], [], [("UDP", 9000), ("TCP", 9000)]),
        ([{"port": "nowhere"}], [], [("TCP", 8000), ("TCP", 9000)]),
    ],
)
def test_a_rule_is_for_the_ports_that_it_names(
    ports: list[dict[str, Any]], allowed: list[tuple[str, int]], refused: list[tuple[str, int]]
) -> None:
    found = isolation({"ingress": [{"ports": ports}]}).ingress
    assert found is not None
    assert [one for one in allowed if not permits(found, ("192.0.2.7", *one))] == []
    assert [one for one in refused if permits(found, ("192.0.2.7", *one))] == []


@pytest.mark.parametrize(
    ("to", "allowed", "refused"),
    [
        ([SAME_NAMESPACE_API], [("10.0.0.2", 8080)], [("10.0.0.2", 8000), ("10.0.0.3", 80)]),
        ([{"namespaceSelector": {}}], [("10.0.0.2", 8080), ("fd00::3", 80)], [("10.0.0.2", 80)]),
        (None, [("10.0.0.2", 8080), ("10.0.0.3", 80)], [("192.0.2.7", 80), ("10.0.0.3", 8080)]),
        ([{"ipBlock": {"cidr": "0.0.0.0/0"}}], [], [("10.0.0.2", 8080), ("192.0.2.7", 80)]),
    ],
)
def test_the_name_of_a_port_in_an_egress_rule_is_that_of_the_pod_at_the_other_end(
    to: Any, allowed: list[tuple[str, int]], refused: list[tuple[str, int]]
) -> None:
    rule = {"ports": [{"port": "http"}], **({} if to is None else {"to": to})}
    found = isolation({"policyTypes": ["Egress"], "egress": [rule]}).egress
    assert found is not None
    assert [one for one in allowed if not permits(found, (one[0], "TCP", one[1]))] == []
    assert [one for one in refused if permits(found, (one[0], "TCP", one[1]))] == []


def test_peers_and_ports_of_one_rule_must_both_match() -> None:
    rule = {"from": [SAME_NAMESPACE_API], "ports": [{"port": 8000}]}
    found = isolation({"ingress": [rule]}).ingress
    assert permits(found, TCP_8000_FROM_API)
    assert not permits(found, ("10.0.0.2", "TCP", 9000))
    assert not permits(found, TCP_8000_FROM_OUTSIDE)


def test_policies_add_up_and_none_takes_away() -> None:
    from_api = {"ingress": [{"from": [SAME_NAMESPACE_API]}]}
    from_outside = {"ingress": [{"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}]}
    nobody: dict[str, Any] = {"policyTypes": ["Ingress"]}
    found = isolation(from_api, nobody, from_outside).ingress
    assert permits(found, TCP_8000_FROM_API)
    assert permits(found, TCP_8000_FROM_OUTSIDE)
    assert not permits(found, TCP_8000_FROM_OTHER)


def test_a_policy_that_opens_one_direction_leaves_the_other_alone() -> None:
    found = isolation({"policyTypes": ["Egress"], "egress": [{"to": [SAME_NAMESPACE_API]}]})
    assert found.ingress is None
    assert not permits(found.egress, TCP_8000_FROM_OTHER)


def test_a_peer_without_an_address_yet_opens_nothing() -> None:
    coming = pod("team", "coming")
    spec = {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "coming"}}}]}]}
    found = isolations([WEB, coming], NAMESPACES, [Policy("team", "p", spec)])
    assert found[WEB.uid].ingress == frozenset()
    assert found[coming.uid].ingress == frozenset()


def test_a_namespace_that_is_not_known_yet_is_selected_by_no_selector() -> None:
    spec: dict[str, Any] = {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]}
    found = isolations(PODS, {"team": {}}, [Policy("team", "p", spec)])
    assert permits(found[WEB.uid].ingress, TCP_8000_FROM_API)
    assert not permits(found[WEB.uid].ingress, TCP_8000_FROM_OTHER)
