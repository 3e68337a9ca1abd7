"""The place of one deployment: a namespace with everything in it that the team may use and not change."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.claim import ADOPTING
from endpoints.components.claim import ClaimArgs, claim_namespace
from endpoints.components.isolation import POD_SECURITY, service_account
from endpoints.components.pull_secret import PullSecretArgs, pull_secret
from managed.components.access import AccountArgs, RuleArgs, access
from managed.components.limits import LimitsArgs, limits
from managed.components.network import NetworkArgs, network


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
