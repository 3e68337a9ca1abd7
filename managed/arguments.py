"""Turns plans into the components' arguments: the one place where the two meet."""

from collections.abc import Collection

from endpoints.arguments import claim_arguments
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.image.docker_login import server_key
from endpoints.resources.claim import ClaimArgs
from managed.plan import NetworkPlan, SpacePlan, StackPlan, TeamPlan
from managed.plan.admission import Policy
from managed.resources.access import AccountArgs, RuleArgs
from managed.resources.admission import FoundationArgs, PolicyArgs
from managed.resources.network import NetworkArgs
from managed.resources.team import SpaceArgs, TeamArgs
from managed.target import ManagedTarget


def foundation_arguments(plan: StackPlan) -> FoundationArgs:
    """Return the arguments of what all teams have in common."""
    label, stack = plan.marker
    return {
        "access_namespace": plan.access_namespace,
        "policies": {
            f"endpoints-{stack}-{policy.name}": _policy(policy, label, stack) for policy in plan.policies
        },
    }


def team_arguments(
    plan: StackPlan, team: TeamPlan, managed: ManagedTarget, stack: str, own: Collection[str]
) -> TeamArgs:
    """Return the arguments of one team and of everything that it has.

    `stack` is the managing stack, `<organization>/<project>/<stack>`, and `own` are the uids of what its
    state holds.
    """

    def space(planned: SpacePlan) -> SpaceArgs:
        claimed_by = claim_arguments(planned.listed, "error", stack, own, managed.target.cluster)
        return _space(plan, team, planned, account, claimed_by)

    account: AccountArgs = {"namespace": plan.access_namespace, "name": team.name}
    arguments: TeamArgs = {
        "account": account,
        "context": managed.target.cluster.context,
        "token_seconds": plan.token_seconds,
        "spaces": {planned.deployment: space(planned) for planned in team.spaces},
    }
    if managed.kubeconfig is not None:
        arguments["kubeconfig"] = managed.kubeconfig
    return arguments


def _policy(policy: Policy, label: str, stack: str) -> PolicyArgs:
    return {
        "api_group": policy.api_group,
        "api_version": policy.api_version,
        "resource": policy.resource,
        "variables": dict(policy.variables),
        "validations": [
            {"expression": validation.expression, "message": validation.message}
            for validation in policy.validations
        ],
        "namespace_label": {label: stack},
    }


def _space(
    plan: StackPlan, team: TeamPlan, space: SpacePlan, account: AccountArgs, claimed_by: ClaimArgs
) -> SpaceArgs:
    arguments: SpaceArgs = {
        "namespace": space.namespace,
        "claim": claimed_by,
        "labels": dict(space.labels),
        "annotations": dict(space.annotations),
        "pods_account": SERVICE_ACCOUNT,
        "account": account,
        "rules": [
            RuleArgs(
                api_groups=list(rule["api_groups"]),
                resources=list(rule["resources"]),
                verbs=list(rule["verbs"]),
            )
            for rule in plan.rules
        ],
        "limits": {
            "quota": dict(team.quota),
            "default_requests": dict(team.container.requests),
            "default_limits": dict(team.container.limits),
            "max": dict(team.container.max),
        },
        "network": _network(plan.network),
    }
    registry = team.registry
    if registry.pull_credentials is not None:
        arguments["pull_secret"] = {
            "name": f"{space.namespace}.registry",
            "server": server_key(registry.address),
            "username": registry.pull_credentials.username,
            "password": registry.pull_credentials.password.get_secret_value(),
        }
    elif registry.pull_secret is not None:
        arguments["existing_pull_secret"] = registry.pull_secret
    return arguments


def _network(plan: NetworkPlan) -> NetworkArgs:
    arguments: NetworkArgs = {
        "router_ranges": list(plan.router_ranges),
        "egress": {addresses: list(closed) for addresses, closed in plan.egress.items()},
    }
    if plan.router_namespace is not None:
        arguments["router_namespace"] = plan.router_namespace
    if plan.monitoring_namespace is not None:
        arguments["monitoring_namespace"] = plan.monitoring_namespace
    return arguments
