"""An alias may be shared by versions, where the router can weigh them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import plan_stack
from endpoints.plan.address import Address, Alias, Share
from endpoints.stack_file import RoutingKind, Settings

PREDICT = Address("acme", "shapes", "production", "20261101.0", "predict")
GREET = replace(PREDICT, endpoint="greet")
SHARED = '{latest: {"20261101.0": 90, "20261102.0": 10}}'


@pytest.fixture
def shared(stack: str, settings_of: Callable[[str], Settings]) -> Settings:
    """Return a stack with two versions, of which the second has no `greet`, and an alias of both."""
    text = stack.replace("source: project", f"source: project\n      aliases: {SHARED}")
    return settings_of(
        f'{text}        - name: "20261102.0"\n'
        "          endpoints: {predict: {files: {model: {path: model.npz}}}}\n"
    )


def newer(address: Address) -> Address:
    return replace(address, version="20261102.0")


def mistakes(settings: Settings, root: Path, routing: RoutingKind = "gateway") -> str:
    with pytest.raises(ProjectError) as raised:
        plan_stack(settings, root, routing)
    return str(raised.value)


def test_versions_that_share_an_alias_need_the_same_endpoints(shared: Settings, root: Path) -> None:
    assert mistakes(shared, root) == (
        "stacks/Pulumi.test.yaml:9: endpoints:deployments[0].aliases.latest: is shared by several "
        "versions, and not all have the endpoint greet: with it: 20261101.0; without it: "
        "20261102.0; deploy it in all of them, or give the alias one version"
    )


def test_each_endpoint_has_the_shares_of_its_versions(
    stack: str, settings_of: Callable[[str], Settings], root: Path
) -> None:
    text = stack.replace("source: project", f"source: project\n      aliases: {SHARED}")
    versions = text[text.index("        - name: ") :]
    settings = settings_of(text + versions.replace("20261101.0", "20261102.0"))
    planned = plan_stack(settings, root, "gateway")

    assert planned.deployments[0].aliases == (
        Alias("latest", (Share(PREDICT, 90), Share(newer(PREDICT), 10))),
        Alias("latest", (Share(GREET, 90, False), Share(newer(GREET), 10, False))),
    )
    assert planned.advice == ()


def test_an_ingress_cannot_weigh_versions(shared: Settings, root: Path) -> None:
    message = mistakes(shared, root, "ingress")
    assert "aliases.latest: is shared by several versions, which an Ingress cannot do" in message
    assert "routing: {kind: gateway, ...}" in message


def test_labels_of_a_shared_alias_are_those_that_its_versions_have_in_common() -> None:
    labels = Alias("latest", (Share(PREDICT, 90), Share(newer(PREDICT), 10))).labels
    assert labels["valohai.com/alias"] == "latest"
    assert labels["valohai.com/endpoint"] == "predict"
    assert "valohai.com/version" not in labels
    assert "app.kubernetes.io/instance" not in labels
