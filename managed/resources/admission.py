"""What all teams of a managed cluster have in common."""

import pulumi
import pulumi_kubernetes as kubernetes

from managed.plan import StackPlan
from managed.plan.admission import CHANGED, Policy


class Foundation(pulumi.ComponentResource):
    """Namespace of the teams' accounts, in which no team has any right, and admission policies."""

    def __init__(self, name: str, plan: StackPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Foundation", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.resources: list[pulumi.Resource] = [
            kubernetes.core.v1.Namespace(
                name,
                metadata={
                    "name": plan.access_namespace,
                    "labels": {"app.kubernetes.io/managed-by": "pulumi"},
                },
                opts=child,
            )
        ]
        label, stack = plan.marker
        for policy in plan.policies:
            self.resources += _policy(f"endpoints-{stack}-{policy.name}", policy, {label: stack}, child)
        self.register_outputs({})


def _policy(
    name: str, policy: Policy, namespace_labels: dict[str, str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare a policy and the binding that puts it into force where namespaces have the labels.

    ``name`` is unique in the cluster. An expression that fails refuses, too.
    """
    declared = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
        name,
        metadata={"name": name, "labels": {"app.kubernetes.io/managed-by": "pulumi"}},
        spec={
            "failure_policy": "Fail",
            "match_constraints": {
                "resource_rules": [
                    {
                        "api_groups": [policy.api_group],
                        "api_versions": [policy.api_version],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": [policy.resource],
                    }
                ]
            },
            "match_conditions": [{"name": "is-new-or-changed", "expression": CHANGED}],
            "variables": [
                {"name": variable, "expression": expression}
                for variable, expression in policy.variables.items()
            ],
            "validations": [
                {
                    "expression": validation.expression,
                    "message_expression": validation.message,
                    "reason": "Forbidden",
                }
                for validation in policy.validations
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
            "match_resources": {"namespace_selector": {"match_labels": namespace_labels}},
        },
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[declared])),
    )
    return [declared, binding]
