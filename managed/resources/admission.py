"""What all teams of a managed cluster have in common."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes


class ValidationArgs(TypedDict):
    """One condition."""

    expression: str
    """CEL that must be true."""
    message: str
    """CEL for what is told otherwise."""


class PolicyArgs(TypedDict):
    """One policy, for one kind of object in the namespaces with the stack's label."""

    api_group: str
    """API group of the objects it looks at."""
    api_version: str
    """Version of that group."""
    resource: str
    """Their resource, in the plural."""
    variables: dict[str, str]
    """CEL by name; later ones may use earlier ones."""
    validations: list[ValidationArgs]
    namespace_label: dict[str, str]
    """The label of the namespaces that it holds in."""


def policy(name: str, args: PolicyArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Declare a policy and the binding that puts it into force; ``name`` is unique in the cluster.

    An expression that fails refuses, too.
    """
    declared = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
        name,
        metadata={"name": name, "labels": {"app.kubernetes.io/managed-by": "pulumi"}},
        spec={
            "failure_policy": "Fail",
            "match_constraints": {
                "resource_rules": [
                    {
                        "api_groups": [args["api_group"]],
                        "api_versions": [args["api_version"]],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": [args["resource"]],
                    }
                ]
            },
            "variables": [
                {"name": variable, "expression": expression}
                for variable, expression in args["variables"].items()
            ],
            "validations": [
                {
                    "expression": validation["expression"],
                    "message_expression": validation["message"],
                    "reason": "Forbidden",
                }
                for validation in args["validations"]
            ],
        },
        opts=opts,
    )
    binding = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        name,
        metadata={"name": name, "labels": {"app.kubernetes.io/managed-by": "pulumi"}},
        spec={
            "policy_name": name,
            "validation_actions": ["Deny"],
            "match_resources": {"namespace_selector": {"match_labels": dict(args["namespace_label"])}},
        },
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[declared])),
    )
    return [declared, binding]


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
