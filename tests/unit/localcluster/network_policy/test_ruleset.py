"""What is rendered; what a kernel makes of it is tested in tests/cluster/localcluster."""

import re
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from localcluster.network_policy.objects import Pod, Policy
from localcluster.network_policy.rules import isolations
from localcluster.network_policy.ruleset import ruleset

WEB = Pod("web", "team", "web", {"app": "web"}, (ip_address("10.0.0.1"), ip_address("fd00::1")), {})
API = Pod("api", "team", "api", {"app": "api"}, (ip_address("10.0.0.2"), ip_address("fd00::2")), {})


def render(*specs: dict[str, Any], pods: tuple[Pod, ...] = (WEB, API)) -> str:
    policies = [Policy("team", "tested", {"podSelector": {}, **spec}) for spec in specs]
    return ruleset(pods, isolations(pods, {"team": {}}, policies))


def chain(text: str, name: str) -> list[str]:
    found = re.search(rf"chain {name} {{\n(.*?)\n    }}\n", text, re.DOTALL)
    assert found is not None, f"there is no chain {name} in:\n{text}"
    return [line.strip() for line in found.group(1).splitlines()]


def test_the_whole_table_is_replaced_in_one_transaction() -> None:
    # The first line makes the second one succeed where there is no table yet.
    lines = render().splitlines()
    name = "inet localcluster_network_policy"
    assert lines[:3] == [f"table {name}", f"delete table {name}", f"table {name} {{"]


def test_without_policies_known_pods_pass_and_all_others_are_dropped() -> None:
    text = render()
    assert chain(text, "to_pod") == [
        "ip daddr vmap { 10.0.0.1 : return, 10.0.0.2 : return }",
        "ip6 daddr vmap { fd00::1 : return, fd00::2 : return }",
        "drop",
    ]
    assert chain(text, "from_pod")[-1] == "drop"


def test_without_any_pod_everything_of_pods_is_dropped() -> None:
    text = render(pods=())
    assert chain(text, "to_pod") == chain(text, "from_pod") == ["drop"]


def test_a_pod_without_an_address_yet_is_left_out() -> None:
    text = render(pods=(replace(WEB, addresses=()),))
    assert chain(text, "to_pod") == ["drop"]


def test_an_isolated_pod_ends_in_a_refusal_in_its_own_direction_alone() -> None:
    text = render({"podSelector": {"matchLabels": {"app": "web"}}})
    (name,) = set(re.findall(r"goto (ingress_\w+)", text))
    assert chain(text, name) == ["goto refuse"]
    assert chain(text, "to_pod")[0] == f"ip daddr vmap {{ 10.0.0.1 : goto {name}, 10.0.0.2 : return }}"
    assert "goto" not in " ".join(chain(text, "from_pod"))


def test_peers_and_ports_are_matched_per_family() -> None:
    from_api = {"from": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": 8000}]}
    text = render({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [from_api]})
    (name,) = set(re.findall(r"goto (ingress_\w+)", text))
    assert chain(text, name) == [
        "ip saddr { 10.0.0.2 } tcp dport 8000 return",
        "ip6 saddr { fd00::2 } tcp dport 8000 return",
        "goto refuse",
    ]


def test_egress_matches_the_other_ends_address_and_every_kind_of_port() -> None:
    everywhere = {
        "to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 1, "endPort": 9}, {"protocol": "SCTP"}],
    }
    block = {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}
    text = render({"policyTypes": ["Egress"], "egress": [everywhere, block]})
    (name,) = set(re.findall(r"goto (egress_\w+)", text))
    assert chain(text, name) == [
        "ip daddr { 192.0.2.0/24 } return",
        "meta nfproto ipv4 meta l4proto sctp return",
        "meta nfproto ipv4 tcp dport 1-9 return",
        "meta nfproto ipv4 udp dport 53 return",
        "goto refuse",
    ]


def test_pods_with_the_same_permissions_share_a_chain() -> None:
    assert len(re.findall(r"chain ingress_", render({"policyTypes": ["Ingress"]}))) == 1


def test_only_isolated_pods_need_a_way_to_themselves() -> None:
    itself = "ip saddr . ip daddr { 10.0.0.1 . 10.0.0.1 } accept"
    assert itself in chain(render({"podSelector": {"matchLabels": {"app": "web"}}}), "forward")
    assert "saddr . " not in " ".join(chain(render(), "forward"))


def test_the_same_state_gives_the_same_text_whatever_the_order_of_rules() -> None:
    one = {"ports": [{"port": 1}]}
    two = {"ports": [{"port": 2}]}
    assert render({"ingress": [one, two]}) == render({"ingress": [two, one]})
