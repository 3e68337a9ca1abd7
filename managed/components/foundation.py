"""What all teams of a managed cluster have in common."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from managed.components.admission import PolicyArgs, policy


class FoundationArgs(TypedDict):
    """The accounts' namespace, and the rules that hold in the teams' namespaces."""

    access_namespace: str
    """Where the teams' accounts are; no team has any right in it."""
    policies: dict[str, PolicyArgs]
    """Admission policies by their name in the cluster."""


class Foundation(pulumi.ComponentResource):
    """Namespace of the teams' accounts, and admission policies."""

    def __init__(self, name: str, args: FoundationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Foundation", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.resources: list[pulumi.Resource] = [
            kubernetes.core.v1.Namespace(
                name,
                metadata={
                    "name": args["access_namespace"],
                    "labels": {"app.kubernetes.io/managed-by": "pulumi"},
                },
                opts=child,
            )
        ]
        for policy_name, described in args["policies"].items():
            self.resources += policy(policy_name, described, child)
        self.register_outputs({})
