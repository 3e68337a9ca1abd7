"""A team's account, and what it may do in a namespace."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

ROLE = "endpoints-deployer"
"""Name of the Role and of its binding in each of a team's namespaces."""


class RuleArgs(TypedDict):
    """One rule of a Role."""

    api_groups: list[str]
    """API groups of the resources; the core group is empty."""
    resources: list[str]
    """What may be worked with, in the plural."""
    verbs: list[str]
    """What may be done."""


class AccountArgs(TypedDict):
    """A ServiceAccount, by name."""

    namespace: str
    """Where the account is."""
    name: str
    """Its name."""


def account(name: str, args: AccountArgs, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.ServiceAccount:
    """Declare the account that a team's stack deploys as. No pod runs as it."""
    return kubernetes.core.v1.ServiceAccount(
        name,
        metadata={
            "name": args["name"],
            "namespace": args["namespace"],
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
        },
        automount_service_account_token=False,
        opts=opts,
    )


def access(
    name: str, namespace: str, rules: list[RuleArgs], to: AccountArgs, opts: pulumi.ResourceOptions
) -> None:
    """Declare what the account may do in a namespace."""
    labels = {"app.kubernetes.io/managed-by": "pulumi"}
    role = kubernetes.rbac.v1.Role(
        name,
        metadata={"name": ROLE, "namespace": namespace, "labels": labels},
        rules=[
            {"api_groups": rule["api_groups"], "resources": rule["resources"], "verbs": rule["verbs"]}
            for rule in rules
        ],
        opts=opts,
    )
    kubernetes.rbac.v1.RoleBinding(
        name,
        metadata={"name": ROLE, "namespace": namespace, "labels": labels},
        role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": ROLE},
        subjects=[{"kind": "ServiceAccount", "name": to["name"], "namespace": to["namespace"]}],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[role])),
    )
