"""A team's account, and what it may do in a namespace."""

import pulumi
import pulumi_kubernetes as kubernetes

from managed.plan import StackPlan, TeamNamespacePlan, TeamPlan

ROLE = "endpoints-deployer"
"""Name of the Role and of its binding in each of a team's namespaces."""


def account(name: str, namespace: str, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.ServiceAccount:
    """Declare the account, of the team's name, that the team's stack deploys as. No pod runs as it."""
    return kubernetes.core.v1.ServiceAccount(
        name,
        metadata={
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
        },
        automount_service_account_token=False,
        opts=opts,
    )


def access(
    name: str, planned: TeamNamespacePlan, plan: StackPlan, team: TeamPlan, opts: pulumi.ResourceOptions
) -> None:
    """Declare what the team's account may do in a namespace."""
    namespace = planned.namespace
    labels = {"app.kubernetes.io/managed-by": "pulumi"}
    role = kubernetes.rbac.v1.Role(
        name,
        metadata={"name": ROLE, "namespace": namespace, "labels": labels},
        rules=[
            {
                "api_groups": [rule.group],
                "resources": list(rule.resources),
                "verbs": list(rule.verbs),
            }
            for rule in plan.rules
        ],
        opts=opts,
    )
    kubernetes.rbac.v1.RoleBinding(
        name,
        metadata={"name": ROLE, "namespace": namespace, "labels": labels},
        role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": ROLE},
        subjects=[{"kind": "ServiceAccount", "name": team.name, "namespace": plan.access_namespace}],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[role])),
    )
