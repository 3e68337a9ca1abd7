"""What the managing program declares."""

import base64
import json
from collections.abc import Callable

import pulumi
import pytest
from pulumi.runtime import rpc

from tests.program.managed.conftest import Manage
from tests.program.recording import Declared

NAMESPACE = "kubernetes:core/v1:Namespace"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
OWN_VERBS = {"get", "list", "watch", "create", "patch", "delete"}


def of_team(resources: list[Declared], team: str) -> list[Declared]:
    return [found for found in resources if found.name.split("/")[0] == team]


def test_everything_of_one_team_is_as_in_the_golden_manifest(
    manage: Manage, golden: Callable[[str, object], None]
) -> None:
    resources = manage().resources
    shown = [*of_team(resources, "fraud"), *of_team(resources, "recorded")]
    golden(
        "managed",
        sorted(
            (
                {
                    "type": " > ".join(found.path),
                    "name": found.name,
                    "inputs": {key: value for key, value in found.inputs.items() if key != "__provider"},
                }
                for found in shown
            ),
            key=lambda found: str(found["type"]) + str(found["name"]),
        ),
    )


def test_the_admission_policies_are_as_in_the_golden_manifest(
    manage: Manage, golden: Callable[[str, object], None]
) -> None:
    kind = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    golden("admission", {found.name: dict(found.inputs) for found in manage().of_type(kind)})


def test_policies_are_in_force_before_there_is_a_namespace_to_route_from(manage: Manage) -> None:
    recording = manage()
    for namespace in recording.of_type(NAMESPACE):
        if namespace.name != "recorded":
            waits = " ".join(namespace.options["dependencies"])
            assert waits.count("ValidatingAdmissionPolicyBinding") == 4


def test_every_child_is_named_after_its_component_and_no_object_left_to_the_default_provider(
    manage: Manage,
) -> None:
    for resource in manage().resources:
        if resource.type.startswith("kubernetes:"):
            assert "::https://kubernetes.acme.example:6443::" in resource.options["provider"], resource.name
        # A Secret's name in Pulumi begins the object's, and has to be legal for that.
        if resource.path[0] == "valohai:index:Team" and not resource.type.endswith(":Secret"):
            assert resource.name.split("/")[0] in ("fraud", "growth")


def test_a_team_may_change_nothing_that_limits_it(manage: Manage) -> None:
    recording = manage()
    guarded = {
        "namespaces",
        "resourcequotas",
        "limitranges",
        "networkpolicies",
        "serviceaccounts",
        "serviceaccounts/token",
        "roles",
        "rolebindings",
        "pods/exec",
        "configmaps",
    }
    roles = recording.of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert len(roles) == 3
    for role in roles:
        for rule in role.inputs["rules"]:
            if guarded & set(rule["resources"]):
                # The namespace and the pods' account are shown, and no more than that.
                assert rule["resources"] == ["namespaces", "serviceaccounts"]
                assert rule["verbs"] == ["get"]
            assert set(rule["verbs"]) <= OWN_VERBS
            if "pods" in rule["resources"]:
                assert rule["verbs"] == ["get", "list", "watch"]
    assert not [found for found in recording.resources if "ClusterRole" in found.type]


def test_each_namespace_gives_rights_to_its_own_team_alone(manage: Manage) -> None:
    for binding in manage().of_type("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"):
        (subject,) = binding.inputs["subjects"]
        assert subject == {
            "kind": "ServiceAccount",
            "name": binding.name.split("/")[0],
            "namespace": "endpoints-teams-recorded",
        }


def test_pods_run_as_an_account_that_pulls_with_the_registrys_credentials(manage: Manage) -> None:
    recording = manage()
    (account,) = [
        found
        for found in recording.of_type("kubernetes:core/v1:ServiceAccount")
        if found.name == "fraud/digits/production"
    ]
    assert account.inputs["imagePullSecrets"] == [{"name": "acme-digits-production.registry-1234abcd"}]
    assert account.inputs["automountServiceAccountToken"] is False
    secret = next(found for found in recording.of_type("kubernetes:core/v1:Secret"))
    assert rpc.is_rpc_secret(secret.inputs["stringData"])
    content = rpc.unwrap_rpc_secret(secret.inputs["stringData"])[".dockerconfigjson"]
    login = json.loads(content)["auths"]["registry.acme.example"]
    assert base64.b64decode(login["auth"]) == b"robot:registry-password"


def test_a_team_may_have_a_registry_of_its_own_and_the_others_have_a_path_in_the_shared_one(
    manage: Manage,
) -> None:
    deployments = [{"project": "digits", "name": "production"}]
    own = {"repository": "fraud.example/ml", "pullSecret": {"kind": "existing", "name": "fraud-pull"}}
    teams = [
        {"name": "fraud", "organization": "acme", "deployments": deployments, "registry": own},
        {"name": "growth", "organization": "umbrella", "deployments": deployments},
    ]
    recording = manage(teams=teams)
    assert recording.outputs["fraud"]["registry"] == {"repository": "fraud.example/ml"}
    assert recording.outputs["growth"]["registry"]["repository"] == "registry.acme.example/ml/growth"
    accounts = recording.of_type("kubernetes:core/v1:ServiceAccount")
    assert [{"name": "fraud-pull"}] in [account.inputs.get("imagePullSecrets") for account in accounts]


def test_without_credentials_there_is_no_pull_secret(manage: Manage) -> None:
    recording = manage(registry={"repository": "registry.acme.example/ml"})
    assert recording.of_type("kubernetes:core/v1:Secret") == []


def test_each_teams_output_is_a_grant_of_its_own(manage: Manage) -> None:
    outputs = manage().outputs
    assert outputs.keys() == {"fraud", "growth"}
    for team, other in (("fraud", "offers"), ("growth", "digits")):
        assert json.loads(outputs[team]["access"]["kubeconfig"])["current-context"] == team
        assert other not in json.dumps(outputs[team])


def test_a_users_mistake_ends_the_program_with_what_is_wrong(manage: Manage) -> None:
    with pytest.raises(pulumi.RunError, match=r"managed:network: names no router"):
        manage(network={})


def test_prometheus_reaches_the_ports_for_metrics_and_no_others(manage: Manage) -> None:
    network = {"routerNamespace": "traefik", "monitoringNamespace": "monitoring"}
    policies = {
        (policy.inputs["metadata"]["namespace"], policy.inputs["metadata"]["name"]): policy.inputs["spec"]
        for policy in manage(network=network).of_type(NETWORK_POLICY)
    }
    spec = policies["acme-digits-production", "from-monitoring"]
    selector = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    assert spec["podSelector"] == {}
    assert spec["policyTypes"] == ["Ingress"]
    assert spec["ingress"] == [
        {"from": [{"namespaceSelector": selector}], "ports": [{"port": "metrics", "protocol": "TCP"}]}
    ]


@pytest.mark.parametrize("namespace", [None, "monitoring"])
def test_a_team_may_tell_prometheus_of_its_endpoints_where_one_may_reach_them(
    manage: Manage, namespace: str | None
) -> None:
    network = {"routerNamespace": "traefik"} | ({"monitoringNamespace": namespace} if namespace else {})
    recording = manage(network=network)
    assert recording.of_type(ROLE)
    for role in recording.of_type(ROLE):
        resources = {resource for rule in role.inputs["rules"] for resource in rule["resources"]}
        assert ("podmonitors" in resources) == (namespace is not None)
    names = {policy.inputs["metadata"]["name"] for policy in recording.of_type(NETWORK_POLICY)}
    assert ("from-monitoring" in names) == (namespace is not None)


def test_network_policies_hold_for_both_families(manage: Manage) -> None:
    network = {
        "routerAddresses": ["10.20.0.0/16", "fd20::/48"],
        "egress": "internet",
        "privateAddresses": ["2001:db8:7::/56"],
    }
    policies = {found.name: found.inputs["spec"] for found in manage(network=network).of_type(NETWORK_POLICY)}
    (rule,) = policies["fraud/digits/production/router"]["ingress"]
    assert rule["from"] == [{"ipBlock": {"cidr": "10.20.0.0/16"}}, {"ipBlock": {"cidr": "fd20::/48"}}]
    dns, *blocks = policies["fraud/digits/production/egress"]["egress"]
    assert "to" not in dns, "name servers have addresses of either family"
    closed = {rule["to"][0]["ipBlock"]["cidr"]: rule["to"][0]["ipBlock"]["except"] for rule in blocks}
    assert closed.keys() == {"0.0.0.0/0", "::/0"}
    assert closed["::/0"] == ["2001:db8:7::/56", "fc00::/7", "fe80::/10"]


def test_where_everything_is_open_it_is_so_in_both_families(manage: Manage) -> None:
    recording = manage(network={"routerNamespace": "traefik", "egress": "any"})
    (policy,) = [
        found for found in recording.of_type(NETWORK_POLICY) if found.name == "fraud/digits/production/egress"
    ]
    _, *blocks = policy.inputs["spec"]["egress"]
    assert [rule["to"][0]["ipBlock"]["cidr"] for rule in blocks] == ["0.0.0.0/0", "::/0"]
