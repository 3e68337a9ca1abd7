"""Ranges of IP addresses, IPv4 or IPv6: how a stack file writes them, and which of them are the Internet."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_interface, ip_network
from typing import Annotated

from pydantic import AfterValidator

from endpoints.stack_file.values import rule

_MAPPED = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses as a socket for both families shows them; no packet has one (RFC 4291, 2.5.5.2)."""


def _is_range(value: str) -> str:
    if "%" in value:
        raise rule(
            "allowed: addresses without a zone, which only one machine knows; remove % and what follows"
        )
    try:
        found = ip_network(value)
    except ValueError:
        raise rule(_allowed(value)) from None
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        four = IPv4Network((found.network_address.packed[-4:], found.prefixlen - _MAPPED.prefixlen))
        raise rule(
            f"allowed: IPv4 addresses in their own notation, {four}; no packet has an address like this"
        )
    return str(found)


def _allowed(value: str) -> str:
    """Return the rule for what is no range, with the range that was probably meant."""
    try:
        meant = ip_interface(value.replace("[", "").replace("]", ""))
    except ValueError:
        return "allowed: an address range such as 10.20.0.0/16 or fd00::/8"
    if "[" in value:
        return f"allowed: a range without brackets, {meant.network}"
    return f"allowed: a range that ends with zeros, {meant.network}, or the one address {meant.ip}"


AddressRange = Annotated[str, AfterValidator(_is_range)]
"""A network in CIDR notation, or one address."""

EVERY_IPV4 = "0.0.0.0/0"
EVERY_IPV6 = "::/0"

_PRIVATE_IPV4 = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""RFC 1918, 6598 and 3927: pods, nodes, and the metadata service of clouds, 169.254.169.254."""

_PRIVATE_IPV6 = ("fc00::/7", "fe80::/10")
"""RFC 4193 and 4291; with the metadata services of AWS, fd00:ec2::254, and Google Cloud, fd20:ce::254."""


def internet(private: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return all addresses of each family, with those that stay closed: `private`, and what is so anywhere.

    Closed ranges do not overlap. A family that `private` closes as a whole is left out: no exception of a
    NetworkPolicy is as large as its range.
    """
    ranges = [ip_network(text) for text in private]
    four = [found for found in ranges if isinstance(found, IPv4Network)]
    six = [found for found in ranges if isinstance(found, IPv6Network)]
    closed = {
        EVERY_IPV4: tuple(map(str, collapse_addresses([*map(IPv4Network, _PRIVATE_IPV4), *four]))),
        EVERY_IPV6: tuple(map(str, collapse_addresses([*map(IPv6Network, _PRIVATE_IPV6), *six]))),
    }
    return {everything: parts for everything, parts in closed.items() if parts != (everything,)}
