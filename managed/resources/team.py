"""A team: its account, a token for it, and the places of its deployments."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.cluster.ownership import ADOPTING
from endpoints.resources.claim import ClaimArgs, claim_namespace
from endpoints.resources.isolation import POD_SECURITY, service_account
from endpoints.resources.pull_secret import PullSecretArgs, pull_secret
from managed.resources.access import AccountArgs, RuleArgs, access, account
from managed.resources.network import NetworkArgs, network
from managed.resources.token import BoundToken

NAME = "team"
"""Name of the ResourceQuota and of the LimitRange."""


class LimitsArgs(TypedDict):
    """Amounts as Kubernetes quantities, by resource."""

    quota: dict[str, str]
    """For all pods together, by the names of a ResourceQuota."""
    default_requests: dict[str, str]
    """Requests of a container that names none."""
    default_limits: dict[str, str]
    """Limits of a container that names none."""
    max: dict[str, str]
    """The most that one container may have."""


def limits(name: str, namespace: str, args: LimitsArgs, opts: pulumi.ResourceOptions) -> None:
    """Declare the quota, and the defaults without which it would refuse pods."""
    labels = {"app.kubernetes.io/managed-by": "pulumi"}
    kubernetes.core.v1.ResourceQuota(
        name,
        metadata={"name": NAME, "namespace": namespace, "labels": labels},
        spec={"hard": dict(args["quota"])},
        opts=opts,
    )
    kubernetes.core.v1.LimitRange(
        name,
        metadata={"name": NAME, "namespace": namespace, "labels": labels},
        spec={
            "limits": [
                {
                    "type": "Container",
                    "default_request": dict(args["default_requests"]),
                    "default": dict(args["default_limits"]),
                    "max": dict(args["max"]),
                }
            ]
        },
        opts=opts,
    )


class SpaceArgs(TypedDict):
    """Everything about one deployment's namespace."""

    namespace: str
    """The namespace's name."""
    claim: ClaimArgs
    """Whose the namespace is."""
    labels: dict[str, str]
    """Labels of the namespace and of the pods' account."""
    annotations: dict[str, str]
    """What the admission policies allow in it."""
    pods_account: str
    """Name of the account that pods run as."""
    account: AccountArgs
    """The team's account."""
    rules: list[RuleArgs]
    """What the team may do."""
    limits: LimitsArgs
    """What pods may use."""
    network: NetworkArgs
    """Who reaches pods, and what these reach."""
    pull_secret: NotRequired[PullSecretArgs]
    """Credentials that the nodes pull images with."""
    existing_pull_secret: NotRequired[str]
    """Name of a Secret with such credentials that is there already."""


def taken(what: str, stack: str, made_by: str | None) -> str:  # noqa: ARG001 - both may be the same
    """Say that a namespace, ``what``, is there which a team is to get, and what to do."""
    owned = f" and belongs to the stack {made_by}" if made_by is not None else ""
    return (
        f"{what} is there already{owned}; if it is to become the team's, take it over once by "
        f"`{ADOPTING}=true pulumi up` (docs/moving.md), else give the deployment another name here"
    )


class Space(pulumi.ComponentResource):
    """Namespace, accounts, rights, limits and network policies of one deployment."""

    namespace: pulumi.Output[str]
    """The namespace's name."""

    def __init__(self, name: str, args: SpaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Space", name, {}, opts)
        own = kubernetes.core.v1.Namespace(
            name,
            metadata={
                "name": args["namespace"],
                "labels": {**args["labels"], **POD_SECURITY},
                "annotations": dict(args["annotations"]),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                # The policies are in force before anything can be created.
                depends_on=opts.depends_on if opts else None,
                hooks=claim_namespace(name, args["namespace"], args["claim"], taken),
            ),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[own])
        pull: pulumi.Input[str] | None = args.get("existing_pull_secret")
        if "pull_secret" in args:
            pull = pull_secret(args["namespace"], args["labels"], args["pull_secret"], inside)
        service_account(name, args["pods_account"], args["namespace"], args["labels"], pull, inside)
        limits(name, args["namespace"], args["limits"], inside)
        network(name, args["namespace"], args["network"], inside)
        access(name, args["namespace"], args["rules"], args["account"], inside)
        self.namespace = pulumi.Output.from_input(args["namespace"])
        self.register_outputs({"namespace": self.namespace})


class TeamArgs(TypedDict):
    """Everything about one team."""

    account: AccountArgs
    """The account that the team's stack deploys as."""
    kubeconfig: NotRequired[str]
    """Path of the administrator's kubeconfig, which asks for the token; kubectl's own choice when absent."""
    context: str
    """The administrator's context."""
    token_seconds: int
    """Lifetime of the token."""
    spaces: dict[str, SpaceArgs]
    """The places of its deployments by ``<project>/<deployment>``."""


class Team(pulumi.ComponentResource):
    """Account, token and namespaces of a team."""

    token: pulumi.Output[str]
    """The account's token; a secret."""
    expires: pulumi.Output[str]
    """When the token ends, in ISO 8601."""

    def __init__(self, name: str, args: TeamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Team", name, {}, opts)
        waits = opts.depends_on if opts else None
        own = account(name, args["account"], pulumi.ResourceOptions(parent=self, depends_on=waits))
        for key, space in args["spaces"].items():
            Space(f"{name}/{key}", space, pulumi.ResourceOptions(parent=self, depends_on=waits))
        token = BoundToken(
            name,
            {
                "kubeconfig": args.get("kubeconfig"),
                "context": args["context"],
                "namespace": args["account"]["namespace"],
                "account": args["account"]["name"],
                "account_uid": own.metadata.apply(lambda metadata: metadata.uid),
                "seconds": args["token_seconds"],
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.token = token.token
        self.expires = token.expires
        self.register_outputs({"token": self.token, "expires": self.expires})
