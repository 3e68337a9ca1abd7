"""Who may reach whom: policies, pods and namespaces in, permitted connections of each isolated pod out.

The rules are those of https://kubernetes.io/docs/concepts/services-networking/network-policies/.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from localcluster.network_policy.objects import Network, Pod, Policy
from localcluster.network_policy.selectors import selects

Direction: TypeAlias = Literal["ingress", "egress"]


@dataclass(frozen=True)
class Ports:
    """The ports `first` to `last` of one protocol, all of them where these are None."""

    protocol: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Permission:
    """Connections with any of `peers` (None: with anybody) at `ports` (None: of any protocol)."""

    peers: tuple[Network, ...] | None
    ports: Ports | None


@dataclass(frozen=True)
class Isolation:
    """What a pod may do; None is a direction in which no policy isolates it."""

    ingress: frozenset[Permission] | None
    egress: frozenset[Permission] | None


def isolations(
    pods: Sequence[Pod], namespaces: Mapping[str, Mapping[str, str]], policies: Sequence[Policy]
) -> dict[str, Isolation]:
    """Give the isolation of each pod by its uid.

    `namespaces` leads from a name to its labels. A pod that several policies select may do whatever any of
    them permits.
    """
    by_namespace = defaultdict(list)
    for policy in policies:
        by_namespace[policy.namespace].append(policy)
    found: dict[str, Isolation] = {}
    known: dict[object, Isolation] = {}
    for pod in pods:
        own = [one for one in by_namespace[pod.namespace] if selects(one.spec["podSelector"], pod.labels)]
        # All else is the same for every pod, and a workload has many: each kind is worked out once.
        kind = (pod.namespace, *(one.name for one in own), frozenset((pod.named_ports or {}).items()))
        if kind not in known:
            known[kind] = Isolation(
                _permissions("ingress", pod, own, pods, namespaces),
                _permissions("egress", pod, own, pods, namespaces),
            )
        found[pod.uid] = known[kind]
    return found


def _permissions(
    direction: Direction,
    pod: Pod,
    policies: Sequence[Policy],
    pods: Sequence[Pod],
    namespaces: Mapping[str, Mapping[str, str]],
) -> frozenset[Permission] | None:
    isolating = [policy.spec for policy in policies if direction in _directions(policy.spec)]
    if not isolating:
        return None
    side = "from" if direction == "ingress" else "to"
    return frozenset(
        permission
        for spec in isolating
        for rule in spec.get(direction) or ()
        for permission in _rule(
            direction,
            pod,
            rule.get("ports") or (),
            _peers(rule[side], pod.namespace, pods, namespaces) if rule.get(side) else None,
            pods,
        )
    )


def _directions(spec: Mapping[str, Any]) -> tuple[Direction, ...]:
    """Without `policyTypes`, a policy is for ingress, and for egress only if it has such rules."""
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    directions: tuple[Direction, ...] = ("ingress", "egress")
    return tuple(one for one in directions if one.capitalize() in types)


@dataclass(frozen=True)
class _Peers:
    """Those whom one rule names: pods, whose ports may have names, and address ranges."""

    pods: tuple[Pod, ...]
    blocks: tuple[Network, ...]


def _peers(
    entries: Iterable[Mapping[str, Any]],
    own_namespace: str,
    pods: Sequence[Pod],
    namespaces: Mapping[str, Mapping[str, str]],
) -> _Peers:
    chosen: dict[str, Pod] = {}
    blocks: list[Network] = []
    for entry in entries:
        if block := entry.get("ipBlock"):
            blocks += _without(block["cidr"], block.get("except") or ())
            continue
        pod_selector, namespace_selector = entry.get("podSelector"), entry.get("namespaceSelector")
        for pod in pods:
            in_namespace = (
                pod.namespace == own_namespace
                if namespace_selector is None
                else pod.namespace in namespaces and selects(namespace_selector, namespaces[pod.namespace])
            )
            if in_namespace and (pod_selector is None or selects(pod_selector, pod.labels)):
                chosen[pod.uid] = pod
    return _Peers(tuple(chosen.values()), tuple(blocks))


def _rule(
    direction: Direction,
    pod: Pod,
    ports: Sequence[Mapping[str, Any]],
    peers: _Peers | None,
    pods: Sequence[Pod],
) -> Iterator[Permission]:
    """Give the permissions of one rule; `peers` is None where the rule is for everybody."""
    everyone = None if peers is None else _joined([*_addresses(peers.pods), *peers.blocks])
    if everyone == ():
        return
    if not ports:
        yield Permission(everyone, None)
    for port in ports:
        protocol, number = port.get("protocol", "TCP"), port.get("port")
        if not isinstance(number, str):
            yield Permission(everyone, Ports(protocol, number, port.get("endPort", number)))
        elif direction == "ingress":
            if own := (pod.named_ports or {}).get((number, protocol)):
                yield Permission(everyone, Ports(protocol, own, own))
        else:
            # The name is that of a port of the pod at the other end, so address ranges have none.
            yield from _named(number, protocol, pods if peers is None else peers.pods)


def _named(name: str, protocol: str, pods: Sequence[Pod]) -> Iterator[Permission]:
    by_number = defaultdict(list)
    for pod in pods:
        if number := (pod.named_ports or {}).get((name, protocol)):
            by_number[number].append(pod)
    for number, chosen in by_number.items():
        if addresses := _joined(_addresses(chosen)):
            yield Permission(addresses, Ports(protocol, number, number))


def _addresses(pods: Iterable[Pod]) -> list[Network]:
    return [ipaddress.ip_network(address) for pod in pods for address in pod.addresses]


def _without(cidr: str, exceptions: Iterable[str]) -> list[Network]:
    remaining: list[Network] = [ipaddress.ip_network(cidr, strict=False)]
    for exception in exceptions:
        excluded = ipaddress.ip_network(exception, strict=False)
        remaining = [part for one in remaining for part in _difference(one, excluded)]
    return remaining


def _difference(one: Network, other: Network) -> Iterable[Network]:
    if isinstance(one, ipaddress.IPv4Network):
        if isinstance(other, ipaddress.IPv4Network) and one.overlaps(other):
            return () if one.subnet_of(other) else one.address_exclude(other)
    elif isinstance(other, ipaddress.IPv6Network) and one.overlaps(other):
        return () if one.subnet_of(other) else one.address_exclude(other)
    return (one,)


def _joined(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Give the same addresses by the fewest networks, none of which overlaps another."""
    everything = list(networks)
    four = [one for one in everything if isinstance(one, ipaddress.IPv4Network)]
    six = [one for one in everything if isinstance(one, ipaddress.IPv6Network)]
    return (*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six))
