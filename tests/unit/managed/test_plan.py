"""What a managing stack sets up for each team."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import SecretStr

from endpoints.errors import ProjectError
from endpoints.plan.address import Address, deployment_namespace
from endpoints.stack_file import GatewayReference
from endpoints.target import Cluster, GatewayRouter, IngressRouter, RegistryAccess, Target
from endpoints.target.grant import Grant
from managed.plan import plan_stack
from managed.plan.stack import granted_access
from tests.unit.managed.conftest import REGISTRIES, Load, Plan

ACCESS = granted_access(
    {"server": "https://10.0.0.1:6443"}, "fraud", "the-token", "2026-12-01T00:00:00+00:00"
)


def test_namespaces_are_named_as_the_teams_own_stacks_name_them(plan: Plan, stack: str) -> None:
    fraud, growth = plan(stack).teams
    assert [planned.namespace for planned in fraud.namespaces] == [
        deployment_namespace("acme", "cards", "production"),
        deployment_namespace("acme", "cards", "staging"),
    ]
    assert growth.namespaces[0].namespace == Address("acme", "offers", "production", "1", "pick").namespace


def test_a_namespace_says_what_may_be_routed_and_run_in_it(plan: Plan, stack: str) -> None:
    fraud, growth = plan(stack).teams
    assert fraud.namespaces[1].annotations == {
        "valohai.com/route-prefix": "/acme/cards/staging",
        "valohai.com/route-hosts": "models.acme.example",
        "valohai.com/ingress-class": "traefik",
        "valohai.com/gateway": "",
        "valohai.com/image-repository": "registry.acme.example/ml/fraud",
    }
    assert (
        growth.namespaces[0].annotations["valohai.com/route-hosts"]
        == "offers.acme.example,models.acme.example"
    )


def test_a_quota_holds_for_requests_limits_devices_and_ways_in(plan: Plan, stack: str) -> None:
    _, growth = plan(stack).teams
    assert growth.quota == {
        "requests.cpu": "2",
        "requests.memory": "4Gi",
        "limits.cpu": "32",
        "limits.memory": "32Gi",
        "pods": "12",
        "requests.storage": "0",
        "requests.nvidia.com/gpu": "1",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


def test_pods_are_reached_by_the_router_alone_and_reach_name_servers_alone(plan: Plan, stack: str) -> None:
    network = plan(stack).network
    assert (network.router_namespace, network.router_ranges) == ("traefik", ())
    assert network.egress == {}


def test_the_internet_is_everything_but_private_addresses(plan: Plan, stack: str) -> None:
    network = plan(stack.replace("routerNamespace: traefik", "routerNamespace: t, egress: internet")).network
    assert network.egress.keys() == {"0.0.0.0/0", "::/0"}
    assert "169.254.0.0/16" in network.egress["0.0.0.0/0"]


INTERNET = "routerNamespace: t, egress: internet, privateAddresses"


def test_addresses_that_the_stack_file_calls_private_are_no_part_of_the_internet(
    plan: Plan, stack: str
) -> None:
    ranges = "[2001:db8:7::/56, 203.0.113.0/24, fd00::/8]"
    network = plan(stack.replace("routerNamespace: traefik", f"{INTERNET}: {ranges}")).network
    assert "203.0.113.0/24" in network.egress["0.0.0.0/0"]
    assert network.egress["::/0"] == ("2001:db8:7::/56", "fc00::/7", "fe80::/10")


def test_a_family_without_the_internet_is_closed_by_leaving_it_out(plan: Plan, stack: str) -> None:
    network = plan(stack.replace("routerNamespace: traefik", f'{INTERNET}: ["::/0"]')).network
    assert network.egress.keys() == {"0.0.0.0/0"}


def test_everything_is_both_families(plan: Plan, stack: str) -> None:
    network = plan(stack.replace("routerNamespace: traefik", "routerNamespace: t, egress: any")).network
    assert network.egress == {"0.0.0.0/0": (), "::/0": ()}


def test_a_router_may_have_addresses_of_both_families(plan: Plan, stack: str) -> None:
    ranges = "[10.20.0.0/16, FD20:0::/48, 203.0.113.7, 2001:db8::7]"
    network = plan(stack.replace("routerNamespace: traefik", f"routerAddresses: {ranges}")).network
    assert network.router_ranges == ("10.20.0.0/16", "fd20::/48", "203.0.113.7/32", "2001:db8::7/128")


@pytest.mark.parametrize(
    ("server", "expected"),
    [("https://10.77.0.1:6443", "10.77.0.1/32"), ("https://[fd00::1]:6443", "fd00::1/128")],
)
def test_the_embedded_clusters_router_is_where_its_api_server_is(
    load: Load, target: Target, server: str, expected: str
) -> None:
    settings = load(
        "config:\n"
        "  managed:cluster: {kind: embedded}\n"
        "  managed:teams: [{name: a, organization: o, deployments: [{project: p, name: d}]}]\n"
    )
    plan = plan_stack(
        settings, "local", replace(target, cluster=Cluster("config", "local", server)), REGISTRIES
    )
    assert plan.network.router_ranges == (expected,)
    assert plan.teams[0].grant["builder"] == {"name": "localcluster", "certificates": "PEM"}


def test_a_grant_is_what_a_teams_stack_understands(plan: Plan, stack: str) -> None:
    fraud, growth = (
        Grant.model_validate(json.loads(json.dumps({**team.grant, "access": ACCESS})), by_alias=True)
        for team in plan(stack).teams
    )
    assert fraud.deployments == {
        "cards/production": "acme-cards-production",
        "cards/staging": "acme-cards-staging",
    }
    assert (growth.replicas.default.max, growth.replicas.max) == (2, 3)
    assert growth.router.hosts == ("offers.acme.example", "models.acme.example")
    assert json.loads(fraud.access.kubeconfig.get_secret_value())["users"] == [
        {"name": "fraud", "user": {"token": "the-token"}}
    ]
    assert fraud.builder is None


def test_a_grant_names_nothing_of_another_team(plan: Plan, stack: str) -> None:
    fraud, growth = (json.dumps(team.grant) for team in plan(stack).teams)
    assert not [word for word in ("growth", "offers") if word in fraud]
    assert not [word for word in ("fraud", "cards") if word in growth]


def test_a_registrys_password_reaches_the_grant(load: Load, stack: str, target: Target) -> None:
    own = RegistryAccess("registry.example/fraud", "fraud", SecretStr("hush"))
    planned = plan_stack(load(stack), "prod", target, REGISTRIES | {"fraud": own})
    granted = Grant.model_validate({**planned.teams[0].grant, "access": ACCESS}, by_alias=True).registry
    assert granted.repository == "registry.example/fraud"
    assert granted.password == SecretStr("hush")
    assert "hush" not in repr(planned.teams[0].registry)


def test_a_deployment_cannot_take_the_namespace_of_the_teams_accounts(plan: Plan, stack: str) -> None:
    taken = stack.replace("organization: acme", "organization: endpoints", 1)
    taken = taken.replace("{project: cards, name: staging}", "{project: teams, name: prod}")
    with pytest.raises(
        ProjectError, match=r":12: .*deployments\[1\]: maps to the namespace endpoints-teams-prod"
    ):
        plan(taken)


def test_where_a_gateway_routes_a_team_may_attach_to_it_and_have_no_ingress(
    load: Load, stack: str, target: Target
) -> None:
    gateway = "{kind: gateway, gateway: {name: shared, namespace: gateways}, host: models.acme.example}"
    settings = load(
        stack.replace("{kind: ingress, ingressClass: traefik, host: models.acme.example}", gateway)
    )
    router = GatewayRouter(
        "http://models.acme.example", GatewayReference(name="shared", namespace="gateways")
    )
    planned = plan_stack(settings, "prod", replace(target, router=router), REGISTRIES)
    assert planned.teams[0].namespaces[0].annotations["valohai.com/gateway"] == "gateways/shared"
    resources = {resource for rule in planned.rules for resource in rule.resources}
    assert "httproutes" in resources
    assert "ingresses" not in resources


def test_teams_are_told_the_routers_port_for_https(load: Load, stack: str, target: Target) -> None:
    router = IngressRouter("http://127.0.0.1:8080", ingress_class="traefik", https_port=8443)
    planned = plan_stack(load(stack), "prod", replace(target, router=router), REGISTRIES)
    told = planned.teams[0].grant["router"]
    assert isinstance(told, Mapping)
    assert told["httpsPort"] == 8443


def test_without_a_host_no_team_may_route_one(load: Load, stack: str, target: Target) -> None:
    settings = load(stack.replace(", host: models.acme.example", ""))
    planned = plan_stack(settings, "prod", replace(target, router=IngressRouter("")), REGISTRIES)
    assert planned.teams[0].namespaces[0].annotations["valohai.com/route-hosts"] == ""
