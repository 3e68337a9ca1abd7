"""A managed cluster: what the grant gives, and what goes beyond it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.stack_file import GatewayReference, ManagedCluster, Settings, Tls
from endpoints.target import GatewayRouter, IngressRouter, Target, resolve_target
from endpoints.target.managed import managed_target
from tests.unit.grants import output

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STACK = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: managed, stack: organization/managed/prod, team: fraud}
  endpoints:deployments:
    - project: shapes
      name: production
      source: project
      versions: [{name: "1"}]
"""

SettingsOf = Callable[[str], Settings]


def target_of(settings: Settings, **changes: Any) -> Target:
    assert isinstance(settings.cluster, ManagedCluster)
    return managed_target(settings, settings.cluster, Path(), {"fraud": output(**changes)}, NOW)


def refusal(settings: Settings, **changes: Any) -> str:
    with pytest.raises(ProjectError) as raised:
        target_of(settings, **changes)
    assert "hush" not in str(raised.value)
    return str(raised.value)


def test_everything_comes_from_the_grant(settings_of: SettingsOf) -> None:
    target = target_of(settings_of(STACK))
    assert isinstance(target.cluster.kubeconfig, SecretStr)
    assert (target.cluster.context, target.cluster.server) == ("fraud", "https://10.0.0.1:6443")
    assert target.registry.repository == "registry.example/fraud"
    assert target.registry.password == SecretStr("hush")
    assert target.router == IngressRouter("http://models.example", "models.example", "traefik")
    assert "hush" not in repr(target)


def test_a_stack_file_from_a_cluster_of_ones_own_keeps_its_registry_and_routing(
    settings_of: SettingsOf,
) -> None:
    own = (
        "  endpoints:registry: {repository: registry.example/fraud/models}\n"
        "  endpoints:routing: {kind: ingress, host: fraud.example, tls: {secretName: fraud-tls}}\n"
    )
    target = target_of(settings_of(STACK + own))
    assert target.registry.repository == "registry.example/fraud/models"
    assert target.registry.username == "fraud"
    assert target.router == IngressRouter(
        "https://fraud.example", "fraud.example", "traefik", Tls(secret_name="fraud-tls")
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "  endpoints:registry: {repository: registry.example/fraudster}\n",
            ':10: endpoints:registry.repository: found "registry.example/fraudster"; '
            "images of the team fraud must go to registry.example/fraud or below it",
        ),
        (
            "  endpoints:routing: {kind: ingress, host: growth.example}\n",
            ':10: endpoints:routing.host: found "growth.example"; hosts of the team fraud: fraud.example, '
            "models.example",
        ),
        (
            "  endpoints:routing: {kind: ingress, ingressClass: nginx}\n",
            ':10: endpoints:routing.ingressClass: found "nginx"; the cluster\'s is traefik',
        ),
    ],
)
def test_what_the_team_may_not_use_is_told_with_what_it_may(
    settings_of: SettingsOf, lines: str, expected: str
) -> None:
    assert refusal(settings_of(STACK + lines)).startswith(f"stacks/Pulumi.test.yaml{expected}")


GATEWAY = {
    "routing": {"kind": "gateway", "gateway": {"name": "shared", "namespace": "gateways"}},
    "hosts": ["models.example"],
    "baseUrl": "https://models.example",
}


def test_a_gateway_of_the_cluster_is_the_teams_too(settings_of: SettingsOf) -> None:
    own = "  endpoints:routing: {kind: gateway, requestTimeoutSeconds: 60}\n"
    assert target_of(settings_of(STACK + own), router=GATEWAY).router == GatewayRouter(
        "https://models.example", GatewayReference(name="shared", namespace="gateways"), "models.example", 60
    )


@pytest.mark.parametrize(
    ("routing", "expected"),
    [
        (
            "{kind: ingress}",
            ("routing.kind: found ingress; the cluster's routing is gateway; remove `routing`"),
        ),
        (
            "{kind: gateway, gateway: {name: mine, namespace: fraud}}",
            "routing.gateway: the cluster's is shared in the namespace gateways; remove `gateway`",
        ),
    ],
)
def test_another_router_than_the_clusters_is_told(
    settings_of: SettingsOf, routing: str, expected: str
) -> None:
    assert expected in refusal(settings_of(STACK + f"  endpoints:routing: {routing}\n"), router=GATEWAY)


def test_certificates_of_an_issuer_are_not_for_teams(settings_of: SettingsOf) -> None:
    own = "  endpoints:routing: {kind: ingress, host: fraud.example, tls: {issuer: acme}}\n"
    assert "routing.tls.issuer: needs permissions that the team fraud" in refusal(settings_of(STACK + own))


def test_another_organization_is_none_of_the_teams(settings_of: SettingsOf) -> None:
    (problem,) = refusal(settings_of(STACK), organization="umbrella").splitlines()
    assert ':3: endpoints:organization: found "acme"; the team fraud has the organization umbrella' in problem


def test_a_deployment_without_a_namespace_is_told_with_those_that_have_one(settings_of: SettingsOf) -> None:
    problem = refusal(settings_of(STACK), deployments={"shape/production": "acme-shape-production"})
    assert ":7: endpoints:deployments[0].name: the team fraud has no namespace for" in problem
    assert "did you mean shape/production?" in problem


def test_access_that_ends_is_told_with_who_renews_it(settings_of: SettingsOf) -> None:
    access = output()["access"] | {"expires": "2026-11-24T00:30:00+00:00"}
    problem = refusal(settings_of(STACK), access=access)
    assert "the team's access ends at 2026-11-24 00:30 UTC" in problem
    assert "`pulumi up` of organization/managed/prod" in problem


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"frauds": {}}, "did you mean frauds?"),
        ({}, "it has no teams; run `pulumi up` there"),
        ({"fraud": "[secret]"}, "this stack needs the passphrase or key of"),
        ({"fraud": {"form": 2}}, "both programs must have the same version"),
        ({"fraud": output() | {"quota": "hush"}}, "both programs must have the same version"),
    ],
)
def test_a_stack_that_grants_nothing_is_told(
    settings_of: SettingsOf, outputs: Mapping[str, object], expected: str
) -> None:
    settings = settings_of(STACK)
    assert isinstance(settings.cluster, ManagedCluster)
    with pytest.raises(ProjectError) as raised:
        managed_target(settings, settings.cluster, Path(), outputs, NOW)
    assert expected in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_managing_stack_that_cannot_be_read_is_told_with_the_key(settings_of: SettingsOf) -> None:
    def unreadable(stack: str) -> Mapping[str, object]:
        raise ProjectError(f"the stack {stack} cannot be read: unknown stack")

    with pytest.raises(
        ProjectError, match=r":4: endpoints:cluster.stack: the stack organization/managed/prod"
    ):
        resolve_target(settings_of(STACK), Path(), {}, unreadable)


def test_without_a_host_urls_keep_the_routers_address(settings_of: SettingsOf) -> None:
    router = {"routing": {"kind": "ingress"}, "hosts": [], "baseUrl": "http://127.0.0.1:8080"}
    assert target_of(settings_of(STACK), router=router).router.base_url == "http://127.0.0.1:8080"


def test_a_host_of_the_teams_own_keeps_the_routers_port(settings_of: SettingsOf) -> None:
    router = {"routing": {"kind": "ingress"}, "hosts": ["fraud.example"], "baseUrl": "http://127.0.0.1:8080"}
    assert target_of(settings_of(STACK), router=router).router.base_url == "http://fraud.example:8080"


@pytest.mark.parametrize(
    ("granted", "url"),
    [({"httpsPort": 8443}, "https://fraud.example:8443"), ({}, "https://fraud.example")],
)
def test_a_certificate_leads_to_the_routers_port_for_https(
    settings_of: SettingsOf, granted: dict[str, int], url: str
) -> None:
    own = "  endpoints:routing: {kind: ingress, host: fraud.example, tls: {secretName: fraud-tls}}\n"
    router = {"routing": {"kind": "ingress"}, "hosts": ["fraud.example"], "baseUrl": "http://127.0.0.1:8080"}
    target = target_of(settings_of(STACK + own), router=router | granted)
    assert target.router.base_url == url


def test_an_embedded_clusters_builder_comes_along(settings_of: SettingsOf) -> None:
    builder = {"name": "localcluster", "certificates": "PEM"}
    target = target_of(settings_of(STACK), builder=builder)
    assert (target.builder.name, target.builder.certificates) == ("localcluster", "PEM")
