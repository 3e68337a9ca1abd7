"""Ranges of addresses, IPv4 and IPv6, in a managing stack's file."""

import ipaddress

import pytest

from endpoints.errors import ProjectError
from managed.address_ranges import internet
from tests.unit.managed.conftest import Load


def with_router(stack: str, address: str) -> str:
    return stack.replace("routerNamespace: traefik", f'routerAddresses: ["{address}"]')


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("10.20.0.0/16", "10.20.0.0/16"),
        ("203.0.113.7", "203.0.113.7/32"),
        ("FD20:0::/48", "fd20::/48"),
        ("2001:db8::7", "2001:db8::7/128"),
        ("::/0", "::/0"),
    ],
)
def test_a_range_is_of_either_family(load: Load, stack: str, written: str, understood: str) -> None:
    assert load(with_router(stack, written)).network.router_addresses == (understood,)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("10.0.0.1/8", "a range that ends with zeros, 10.0.0.0/8, or the one address 10.0.0.1"),
        ("fd00::1/64", "a range that ends with zeros, fd00::/64, or the one address fd00::1"),
        ("[fd00::]/64", "a range without brackets, fd00::/64"),
        ("[fd00::1]", "a range without brackets, fd00::1/128"),
        ("fe80::1%eth0", "addresses without a zone, which only one machine knows; remove % and what follows"),
        (
            "::ffff:10.0.0.0/104",
            "IPv4 addresses in their own notation, 10.0.0.0/8; no packet has an address like this",
        ),
        ("fd00", "an address range such as 10.20.0.0/16 or fd00::/8"),
        ("10.0.0.0/33", "an address range such as 10.20.0.0/16 or fd00::/8"),
    ],
)
def test_a_mistake_in_a_range_is_told_with_what_was_probably_meant(
    load: Load, stack: str, written: str, rule: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        load(with_router(stack, written))
    place = "stacks/Pulumi.test.yaml:6: managed:network.routerAddresses[0]"
    assert str(raised.value) == f'{place}: found "{written}"; allowed: {rule}'


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "100.64.0.1",
        "172.31.0.1",
        "192.168.1.1",
        "169.254.169.254",  # the metadata service of clouds
        "fd00:ec2::254",  # that of AWS by IPv6
        "fd20:ce::254",  # that of Google Cloud by IPv6
        "fd00::1",
        "fe80::1",
    ],
)
def test_what_is_private_anywhere_is_no_part_of_the_internet(address: str) -> None:
    assert not is_open(address)


@pytest.mark.parametrize("address", ["203.0.113.7", "172.32.0.1", "2001:db8::1", "64:ff9b::cb00:7107"])
def test_what_may_be_anywhere_is_the_internet(address: str) -> None:
    assert is_open(address)


def test_what_the_stack_file_calls_private_is_closed_in_its_own_family() -> None:
    private = ("2001:db8:7::/56", "203.0.113.0/24")
    assert [is_open(address, *private) for address in ("2001:db8:7::1", "203.0.113.7")] == [False, False]
    assert [is_open(address, *private) for address in ("2001:db8:8::1", "203.0.114.7")] == [True, True]


def test_closed_ranges_do_not_overlap() -> None:
    assert internet(["10.5.0.0/16", "172.0.0.0/8", "fd12::/16", "2001:db8::/32", "2001:db8:7::/48"]) == {
        "0.0.0.0/0": ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.0.0.0/8", "192.168.0.0/16"),
        "::/0": ("2001:db8::/32", "fc00::/7", "fe80::/10"),
    }


@pytest.mark.parametrize("ranges", [["::/0"], ["::/1", "8000::/1"]])
def test_a_family_that_is_closed_as_a_whole_is_left_out(ranges: list[str]) -> None:
    assert internet(ranges).keys() == {"0.0.0.0/0"}
    assert internet([*ranges, "0.0.0.0/0"]) == {}


def is_open(address: str, *private: str) -> bool:
    found = ipaddress.ip_address(address)
    return any(
        found in ipaddress.ip_network(everything)
        and not any(found in ipaddress.ip_network(part) for part in closed)
        for everything, closed in internet(private).items()
    )
