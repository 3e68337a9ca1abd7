"""The kernel's rules (nftables) that enforce isolations on the node.

They are a table of their own next to kube-proxy's, for IPv4 and IPv6 alike. In the kernel, one table's
acceptance does not overrule another's refusal, so neither has to know the other's rules. These come after
kube-proxy's: a Service's address has then been replaced by that of the pod which is going to answer.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping, Sequence

from localcluster.network_policy.objects import Address, Network, Pod
from localcluster.network_policy.rules import Direction, Isolation, Permission, Ports

TABLE = "inet localcluster_network_policy"
POD_INTERFACES = '"veth*"'
"""The node's ends of the cables to its pods, as the network plugin `ptp` names them."""
FAMILIES = {4: "ip", 6: "ip6"}


def ruleset(pods: Sequence[Pod], isolations: Mapping[str, Isolation]) -> str:
    """Render everything that `nft -f` needs to replace the whole table at once.

    `pods` are those of this node, with their addresses; packets of any other pod are dropped.
    """
    chains: dict[str, str] = {}
    lines = {direction: _dispatch(direction, pods, isolations, chains) for direction in ("ingress", "egress")}
    isolated = [pod for pod in pods if isolations[pod.uid] != Isolation(None, None)]
    return f"""table {TABLE}
delete table {TABLE}
table {TABLE} {{
    chain refuse {{
        ct state established meta l4proto tcp reject with tcp reset
        reject with icmpx admin-prohibited
    }}
{"".join(chains.values())}    chain from_pod {{
{lines["egress"]}        drop
    }}
    chain to_pod {{
{lines["ingress"]}        drop
    }}
    chain source {{
        type filter hook prerouting priority raw; policy accept;
        iifname {POD_INTERFACES} fib saddr . iif oif missing drop
    }}
    chain forward {{
        type filter hook forward priority filter + 10; policy accept;
        ct direction reply ct state established accept
        ct state related accept
{_to_itself(isolated)}        iifname {POD_INTERFACES} jump from_pod
        oifname {POD_INTERFACES} jump to_pod
    }}
    chain input {{
        type filter hook input priority filter + 10; policy accept;
        ct direction reply ct state established accept
        ct state related accept
        iifname {POD_INTERFACES} icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept
        iifname {POD_INTERFACES} jump from_pod
    }}
}}
"""


def _dispatch(
    direction: Direction, pods: Iterable[Pod], isolations: Mapping[str, Isolation], chains: dict[str, str]
) -> str:
    """Lead each pod's packets to the chain that holds its permissions, and add that to `chains`."""
    verdicts: dict[int, dict[str, str]] = {4: {}, 6: {}}
    for pod in pods:
        isolation = isolations[pod.uid]
        permissions = isolation.ingress if direction == "ingress" else isolation.egress
        verdict = "return"
        if permissions is not None:
            rules = "".join(f"        {rule}\n" for rule in _rules(direction, permissions))
            # Pods with the same permissions share a chain.
            name = f"{direction}_{hashlib.sha256(rules.encode()).hexdigest()[:12]}"
            chains[name] = f"    chain {name} {{\n{rules}        goto refuse\n    }}\n"
            verdict = f"goto {name}"
        for address in pod.addresses:
            verdicts[address.version][str(address)] = verdict
    side = "daddr" if direction == "ingress" else "saddr"
    lines = ""
    for version, family in FAMILIES.items():
        if verdicts[version]:
            elements = ", ".join(f"{address} : {verdict}" for address, verdict in verdicts[version].items())
            lines += f"        {family} {side} vmap {{ {elements} }}\n"
    return lines


def _rules(direction: Direction, permissions: Iterable[Permission]) -> list[str]:
    side = "saddr" if direction == "ingress" else "daddr"
    return sorted(
        " ".join(part for part in (peer, _port_match(permission.ports), "return") if part)
        for permission in permissions
        for peer in _peer_matches(side, permission.peers)
    )


def _peer_matches(side: str, peers: Sequence[Network] | None) -> list[str]:
    if peers is None:
        return [""]
    matches = []
    for version, family in FAMILIES.items():
        own = [peer for peer in peers if peer.version == version]
        if any(peer.prefixlen == 0 for peer in own):
            matches.append(f"meta nfproto ipv{version}")
        elif own:
            matches.append(f"{family} {side} {{ {', '.join(_element(peer) for peer in own)} }}")
    return matches


def _element(network: Network) -> str:
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def _port_match(ports: Ports | None) -> str:
    if ports is None:
        return ""
    protocol = ports.protocol.lower()
    if ports.first is None:
        return f"meta l4proto {protocol}"
    last = "" if ports.last in (None, ports.first) else f"-{ports.last}"
    return f"{protocol} dport {ports.first}{last}"


def _to_itself(pods: Iterable[Pod]) -> str:
    """Let a pod reach itself through a Service, which no policy can forbid."""
    addresses: list[Address] = [address for pod in pods for address in pod.addresses]
    lines = ""
    for kind, family in ((ipaddress.IPv4Address, "ip"), (ipaddress.IPv6Address, "ip6")):
        if own := [f"{address} . {address}" for address in addresses if isinstance(address, kind)]:
            lines += f"        {family} saddr . {family} daddr {{ {', '.join(own)} }} accept\n"
    return lines
