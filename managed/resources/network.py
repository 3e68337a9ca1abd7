"""Who reaches the pods of a namespace, and what these reach. It takes a network plugin that enforces it."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyEgressRuleArgsDict,
    NetworkPolicyIngressRuleArgsDict,
    NetworkPolicyPeerArgsDict,
    NetworkPolicySpecArgsDict,
)

from endpoints.resources.pod import METRICS_PORT_NAME
from managed.plan import NetworkPlan


def network(name: str, namespace: str, plan: NetworkPlan, opts: pulumi.ResourceOptions) -> None:
    """Declare that nothing reaches the pods and they reach nothing, and the exceptions."""
    _policy(
        f"{name}/deny",
        namespace,
        "default-deny",
        {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
        opts,
    )
    routers: list[NetworkPolicyPeerArgsDict] = [
        {"ip_block": {"cidr": addresses}} for addresses in plan.router_ranges
    ]
    if plan.router_namespace is not None:
        selector = {"kubernetes.io/metadata.name": plan.router_namespace}
        routers.append({"namespace_selector": {"match_labels": selector}})
    _policy(
        f"{name}/router",
        namespace,
        "from-router",
        {"pod_selector": {}, "policy_types": ["Ingress"], "ingress": [{"from_": routers}]},
        opts,
    )
    if plan.monitoring_namespace is not None:
        selector = {"kubernetes.io/metadata.name": plan.monitoring_namespace}
        # By its name, since each endpoint's number may be another.
        asked: NetworkPolicyIngressRuleArgsDict = {
            "from_": [{"namespace_selector": {"match_labels": selector}}],
            "ports": [{"port": METRICS_PORT_NAME, "protocol": "TCP"}],
        }
        _policy(
            f"{name}/monitoring",
            namespace,
            "from-monitoring",
            {"pod_selector": {}, "policy_types": ["Ingress"], "ingress": [asked]},
            opts,
        )
    # Name servers are pods in one cluster, and processes of the nodes in another: the port tells them.
    egress: list[NetworkPolicyEgressRuleArgsDict] = [
        {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
        *(
            NetworkPolicyEgressRuleArgsDict(to=[{"ip_block": {"cidr": addresses, "except_": list(closed)}}])
            for addresses, closed in plan.egress.items()
        ),
    ]
    _policy(
        f"{name}/egress",
        namespace,
        "egress",
        {"pod_selector": {}, "policy_types": ["Egress"], "egress": egress},
        opts,
    )


def _policy(
    name: str,
    namespace: str,
    object_name: str,
    spec: NetworkPolicySpecArgsDict,
    opts: pulumi.ResourceOptions,
) -> None:
    kubernetes.networking.v1.NetworkPolicy(
        name,
        metadata={
            "name": object_name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
        },
        spec=spec,
        opts=opts,
    )
