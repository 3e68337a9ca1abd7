"""A team: its account, a token for it, and the places of its deployments."""

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.cluster.ownership import ADOPTING
from endpoints.resources.namespace import POD_SECURITY, pull_secret, service_account
from endpoints.resources.ownership import unless_namespace_is_taken
from endpoints.target import Target
from managed.plan import StackPlan, TeamNamespacePlan, TeamPlan
from managed.resources.access import access, account
from managed.resources.network import network
from managed.resources.token import BoundToken
from managed.target import ManagedTarget

NAME = "team"
"""Name of the ResourceQuota and of the LimitRange."""


def _limits(name: str, namespace: str, team: TeamPlan, opts: pulumi.ResourceOptions) -> None:
    """Declare the quota, and the defaults without which it would refuse pods."""
    labels = {"app.kubernetes.io/managed-by": "pulumi"}
    kubernetes.core.v1.ResourceQuota(
        name,
        metadata={"name": NAME, "namespace": namespace, "labels": labels},
        spec={"hard": dict(team.quota)},
        opts=opts,
    )
    kubernetes.core.v1.LimitRange(
        name,
        metadata={"name": NAME, "namespace": namespace, "labels": labels},
        spec={
            "limits": [
                {
                    "type": "Container",
                    "default_request": dict(team.container.requests),
                    "default": dict(team.container.limits),
                    "max": dict(team.container.max),
                }
            ]
        },
        opts=opts,
    )


def taken(what: str, stack: str, made_by: str | None) -> str:  # noqa: ARG001 - both may be the same
    """Say that a namespace, ``what``, is there which a team is to get, and what to do."""
    owned = f" and belongs to the stack {made_by}" if made_by is not None else ""
    return (
        f"{what} already exists{owned}; to give it to the team, take it over once with "
        f"`{ADOPTING}=true pulumi up` (docs/moving.md); otherwise give the deployment another name "
        "here"
    )


class TeamNamespace(pulumi.ComponentResource):
    """Namespace, accounts, rights, limits and network policies of one deployment."""

    namespace: pulumi.Output[str]
    """The namespace's name."""

    def __init__(
        self,
        name: str,
        planned: TeamNamespacePlan,
        plan: StackPlan,
        team: TeamPlan,
        target: Target,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        # The token is older than the class's name, and a contract with every managed cluster.
        super().__init__("valohai:index:Space", name, {}, opts)
        own = kubernetes.core.v1.Namespace(
            name,
            metadata={
                "name": planned.namespace,
                "labels": {**planned.labels, **POD_SECURITY},
                "annotations": dict(planned.annotations),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # The policies are in force before anything can be created.
                depends_on=opts.depends_on if opts else None,
                hooks=unless_namespace_is_taken(name, planned.namespace, planned.listed, target, taken),
            ),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[own])
        credentials = pull_secret(planned.namespace, planned.labels, team.registry, inside)
        service_account(name, planned.namespace, planned.labels, credentials, inside)
        _limits(name, planned.namespace, team, inside)
        network(name, planned.namespace, plan.network, inside)
        access(name, planned, plan, team, inside)
        self.namespace = pulumi.Output.from_input(planned.namespace)
        self.register_outputs({"namespace": self.namespace})


class Team(pulumi.ComponentResource):
    """Account, token and namespaces of a team."""

    token: pulumi.Output[str]
    """The account's token; a secret."""
    expires: pulumi.Output[str]
    """When the token ends, in ISO 8601."""

    def __init__(
        self,
        team: TeamPlan,
        plan: StackPlan,
        managed: ManagedTarget,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the team under its own name."""
        name = team.name
        super().__init__("valohai:index:Team", name, {}, opts)
        waits = opts.depends_on if opts else None
        own = account(name, plan.access_namespace, pulumi.ResourceOptions(parent=self, depends_on=waits))
        for planned in team.namespaces:
            within = pulumi.ResourceOptions(parent=self, depends_on=waits)
            TeamNamespace(f"{name}/{planned.deployment}", planned, plan, team, managed.target, within)
        token = BoundToken(
            name,
            {
                "kubeconfig": managed.kubeconfig,
                "context": managed.target.cluster.context,
                "namespace": plan.access_namespace,
                "account": name,
                "account_uid": own.metadata.apply(lambda metadata: metadata.uid),
                "seconds": plan.token_seconds,
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.token = token.token
        self.expires = token.expires
        self.register_outputs({"token": self.token, "expires": self.expires})
