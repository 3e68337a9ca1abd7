"""A managing stack's mistakes are told with file, line and key."""

import pytest

from endpoints.errors import ProjectError
from tests.unit.managed.conftest import Load


def problems(load: Load, text: str) -> list[str]:
    with pytest.raises(ProjectError) as raised:
        load(text)
    return str(raised.value).splitlines()


def test_a_quota_is_understood_with_and_without_quotes(load: Load, stack: str) -> None:
    growth = load(stack).teams[1].limits
    assert growth is not None
    assert (growth.quota.requests.cpu, growth.quota.requests.memory) == ("2", "4Gi")
    assert growth.quota.limits.memory == "32Gi"


@pytest.mark.parametrize(
    ("found", "replaced", "expected"),
    [
        ("name: growth", "name: fraud", "13: managed:teams[1].name: team fraud is listed twice"),
        ("name: growth", "name: Growth", '13: managed:teams[1].name: found "Growth"; allowed: 1 to 63'),
        ("offers, name", "cards, name", "16: managed:teams[1].deployments[0]: acme/cards/production belongs"),
        ("cpu: 2", "cpu: two", '20: managed:teams[1].limits.quota.requests.cpu: found "two"; allowed'),
        ("max: 3", "max: 1", "19: managed:teams[1].limits.replicas: the default, 1 to 2, does"),
        ("pods: 12", "pod: 12", "20: managed:teams[1].limits.quota.pod: unknown key; did you mean pods?"),
        ("nvidia.com/gpu", "gpu", "20: managed:teams[1].limits.quota.devices.gpu: "),
        (
            "nvidia.com/gpu: 1",
            "nvidia.com/gpu: -1",
            "20: managed:teams[1].limits.quota.devices.nvidia.com/gpu: ",
        ),
        (
            "nvidia.com/gpu: 1",
            'nvidia.com/gpu: "1"',
            "20: managed:teams[1].limits.quota.devices.nvidia.com/gpu: ",
        ),
        (
            "replicas: {default:",
            "container: {max: {cpu: 1, memory: 1Gi}}\n        replicas: {default:",
            "19: managed:teams[1].limits.container: limits.cpu, 2, is above max.cpu, 1; lower limits.cpu or",
        ),
        (
            "replicas: {default:",
            "container: {requests: {cpu: 1, memory: 2Gi}}\n        replicas: {default:",
            "19: managed:teams[1].limits.container: requests.memory, 2Gi, is above limits.memory, 1Gi; lower",
        ),
        ("routerNamespace: traefik", "egress: any", "6: managed:network: names no router"),
        (
            "routerNamespace: traefik",
            "routerAddresses: [10.0.0.1/8]",
            "6: managed:network.routerAddresses[0]",
        ),
        (
            "routerNamespace: traefik",
            "routerNamespace: traefik, privateAddresses: [2001:db8::/56]",
            "6: managed:network.privateAddresses: is for egress: internet, and egress is dns; set egress:",
        ),
        (
            "routerNamespace: traefik",
            "routerNamespace: t, egress: any, privateAddresses: [2001:db8::/56]",
            "6: managed:network.privateAddresses: is for egress: internet, and egress is any; set egress:",
        ),
        ("host: models.acme.example", "host: Models", "5: managed:routing"),
        (
            "host: models.acme.example",
            "host: models.acme.example, tls: {issuer: acme}",
            "5: managed:routing.tls.issuer: would let teams",
        ),
        (
            "ingress, ingressClass: traefik,",
            "gateway,",
            "5: managed:routing.gateway: is missing; a cluster of kind user needs it",
        ),
        (
            "{kind: user, context: prod}",
            "{kind: embedded}",
            "4: managed:registry: is set by the embedded cluster; remove it",
        ),
        ("{kind: user, context: prod}", "{kind: user}", "3: managed:cluster.context: is missing"),
    ],
)
def test_a_mistake_is_told_with_line_key_and_remedy(
    load: Load, stack: str, found: str, replaced: str, expected: str
) -> None:
    assert found in stack
    problem = problems(load, stack.replace(found, replaced, 1))[-1]
    assert problem.startswith(f"stacks/Pulumi.test.yaml:{expected}")


def test_an_endpoint_may_ask_for_just_the_default(load: Load, stack: str) -> None:
    growth = load(stack.replace("max: 3", "max: 2")).teams[1].limits
    assert growth is not None
    assert growth.replicas.default.max == growth.replicas.max == 2


def test_a_cluster_of_ones_own_needs_registry_and_routing(load: Load, stack: str) -> None:
    text = "\n".join(
        line for line in stack.splitlines() if ":registry:" not in line and ":routing:" not in line
    )
    assert [problem.split(": ")[1] for problem in problems(load, text)] == [
        "managed:registry",
        "managed:routing",
    ]


def test_an_embedded_cluster_brings_everything_of_its_own(load: Load) -> None:
    settings = load(
        "config:\n"
        "  managed:cluster: {kind: embedded}\n"
        "  managed:teams: [{name: a, organization: o, deployments: [{project: p, name: d}]}]\n"
    )
    assert settings.network.egress == "dns"
    assert settings.limits.replicas.max == 10


def test_a_teams_own_registry_password_may_be_encrypted_and_is_never_shown(load: Load, stack: str) -> None:
    registry = (
        "hosts: [offers.acme.example]\n      registry: {repository: r.example/g, username: g, password: "
    )
    encrypted = stack.replace(
        "hosts: [offers.acme.example, models.acme.example]", registry + "{secure: hush}}"
    )
    settings = load(encrypted)
    assert settings.teams[1].registry is not None
    assert "hush" not in repr(settings)
    (problem,) = problems(load, encrypted.replace("repository: r.example/g", "repository: R"))
    assert "hush" not in problem


def test_a_secret_elsewhere_is_refused_since_it_would_be_readable(load: Load, stack: str) -> None:
    (problem,) = problems(load, stack.replace("context: prod", "context: {secure: prod}"))
    assert problem.startswith("stacks/Pulumi.test.yaml:3: managed:cluster.context: is encrypted, but")
