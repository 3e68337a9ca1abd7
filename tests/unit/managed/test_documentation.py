"""What docs/managed.md says beside its generated tables is true."""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from managed.plan import StackPlan
from tests.unit.managed.conftest import Load, Plan

DOCUMENT = Path(__file__).parents[3] / "docs/managed.md"


def test_the_example_is_a_valid_stack_file(load: Load, plan: Plan) -> None:
    (_, example, _) = re.findall(r"```yaml\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    planned: StackPlan = plan(example)
    assert [team.name for team in planned.teams] == ["fraud", "growth"]
    assert load(example).teams[1].hosts == ("offers.acme.example",)


def test_the_ranges_of_nat64_are_those_of_the_private_ipv4_addresses(
    load: Load, plan: Plan, stack: str
) -> None:
    (_, _, example) = re.findall(r"```yaml\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = stack.replace("  managed:network: {routerNamespace: traefik}\n", example)
    own, *translated = load(text).network.private_addresses
    closed = plan(text).network.egress
    assert own in closed["::/0"]
    assert translated == [_behind_nat64(IPv4Network(text)) for text in closed["0.0.0.0/0"]]


def _behind_nat64(network: IPv4Network) -> str:
    """Return the addresses that lead to those of `network` (RFC 6052, 2.2)."""
    first = int(IPv6Address("64:ff9b::")) + int(network.network_address)
    return str(IPv6Network((first, 96 + network.prefixlen)))
