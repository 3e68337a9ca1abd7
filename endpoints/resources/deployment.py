"""A Valohai deployment: a namespace with the endpoints of all its versions."""

from typing import NotRequired, TypedDict

import pulumi

from endpoints.resources.alias import AliasArgs, alias
from endpoints.resources.certificate import CertificateArgs, certificate
from endpoints.resources.claim import ClaimArgs, claim_namespace, claimed
from endpoints.resources.endpoint import Endpoint, EndpointArgs
from endpoints.resources.isolation import let_go, namespace, service_account
from endpoints.resources.pull_secret import PullSecretArgs, pull_secret


class EndpointSummary(TypedDict):
    """What people and other programs need to know about a deployed endpoint."""

    url: pulumi.Input[str]
    """Where it answers."""
    image: pulumi.Input[str]
    """The image that its pods run, with digest."""
    namespace: pulumi.Input[str]
    """The namespace of its objects."""


class AliasSummary(TypedDict):
    """What people and other programs need to know about an alias."""

    url: pulumi.Input[str]
    """Where it answers."""
    version: NotRequired[pulumi.Input[str]]
    """The version that it stands for, where there is one."""
    weights: NotRequired[pulumi.Input[dict[str, int]]]
    """The versions that share it, where there are several, with their weights."""


class GrantedContainerArgs(TypedDict):
    """What a LimitRange does with containers, by resource."""

    requests: dict[str, str]
    """What one gets that asks for nothing."""
    limits: dict[str, str]
    """The limits that one gets that has none."""
    max: dict[str, str]
    """The most that one may have."""


class GrantedArgs(TypedDict):
    """What the cluster's manager lets the pods of the deployment use together."""

    quota: dict[str, str]
    """The hard limits of the namespace's ResourceQuota, by its names for them."""
    replicas: int
    """The most pods that an endpoint may ask for."""
    container: GrantedContainerArgs
    """The limits of each container."""


class DeploymentArgs(TypedDict):
    """A deployment and everything in it."""

    namespace: str
    """Name of the deployment's namespace."""
    makes_namespace: bool
    """Whether namespace and account are made; else they are there already."""
    hands_over: NotRequired[bool]
    """Whether they are there because this stack has made them, and are somebody else's from now on."""
    service_account: str
    """Name of the account that the endpoints' pods run as."""
    labels: dict[str, str]
    """Labels of what belongs to the whole deployment."""
    claim: NotRequired[ClaimArgs]
    """Whose the namespace is, where it is made."""
    pull_secret: NotRequired[PullSecretArgs]
    """Credentials that the nodes pull images with."""
    existing_pull_secret: NotRequired[str]
    """Name of a Secret with such credentials that is there already."""
    endpoints: dict[str, EndpointArgs]
    """The endpoints by ``<version>/<endpoint>``."""
    aliases: dict[str, AliasArgs]
    """The aliases by ``<alias>/<endpoint>``."""
    certificate: NotRequired[CertificateArgs]
    """The certificate to obtain for the deployment's routes."""
    granted: NotRequired[GrantedArgs]
    """The team's limits on a managed cluster. Nothing is made of them: previews show them, for reports."""


def _pull_secret(args: DeploymentArgs, opts: pulumi.ResourceOptions) -> pulumi.Input[str] | None:
    """Return the name of the Secret that nodes pull with, if any."""
    if "pull_secret" in args:
        return pull_secret(args["namespace"], args["labels"], args["pull_secret"], opts)
    return args.get("existing_pull_secret")


class Deployment(pulumi.ComponentResource):
    """Namespace and account of a Valohai deployment, the endpoints of its versions, and their aliases."""

    namespace: pulumi.Output[str]
    """The namespace that holds everything."""
    endpoints: pulumi.Output[dict[str, EndpointSummary]]
    """What there is to know about each endpoint, by its address without the leading slash."""
    aliases: pulumi.Output[dict[str, AliasSummary]]
    """What there is to know about each alias, by its address without the leading slash."""

    def __init__(self, name: str, args: DeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        shown = {"granted": {"namespace": args["namespace"], **args["granted"]}} if "granted" in args else {}
        super().__init__("valohai:index:Deployment", name, shown, opts)
        foundations = self._foundations(name, args) if args["makes_namespace"] else []
        if args.get("hands_over"):
            let_go(name, args["namespace"], args["service_account"], pulumi.ResourceOptions(parent=self))
        # Not deleted_with the namespace, though that saves requests: its controller looks after remaining
        # pods only every half of their grace period, so that each removal would take half a minute longer.
        inside = pulumi.ResourceOptions(parent=self, depends_on=foundations)
        obtained = certificate(name, args["certificate"], inside) if "certificate" in args else None
        declared = {
            f"{name}/{key}": Endpoint(f"{name}/{key}", _certified(endpoint, obtained), inside)
            for key, endpoint in args["endpoints"].items()
        }
        for key, described in args["aliases"].items():
            served_by = [declared[f"{name}/{endpoint}"] for endpoint in described["endpoints"]]
            alias(
                f"{name}/{key}",
                described,
                pulumi.ResourceOptions(parent=self, depends_on=[*foundations, *served_by]),
            )
        self.namespace = pulumi.Output.from_input(args["namespace"])
        # Not one Output: in a preview the addresses and URLs are known while the images are not.
        self.summaries: dict[str, EndpointSummary] = {
            address: {"url": endpoint.url, "image": endpoint.image, "namespace": endpoint.namespace}
            for address, endpoint in declared.items()
        }
        self.endpoints = pulumi.Output.from_input(self.summaries)
        self.alias_summaries: dict[str, AliasSummary] = {
            f"{name}/{key}": _alias_summary(described) for key, described in args["aliases"].items()
        }
        self.aliases = pulumi.Output.from_input(self.alias_summaries)
        self.register_outputs(
            {"namespace": self.namespace, "endpoints": self.endpoints, "aliases": self.aliases}
        )

    def _foundations(self, name: str, args: DeploymentArgs) -> list[pulumi.Resource]:
        """Declare the namespace and the account, for which everything else waits."""
        claimed_by, hooks = {}, None
        if "claim" in args:
            claimed_by = claimed(args["claim"])
            hooks = claim_namespace(name, args["namespace"], args["claim"])
        own_namespace = namespace(
            name,
            args["namespace"],
            args["labels"],
            claimed_by,
            pulumi.ResourceOptions(parent=self, hooks=hooks),
        )
        within = pulumi.ResourceOptions(parent=self, depends_on=[own_namespace])
        account = service_account(
            name,
            args["service_account"],
            args["namespace"],
            args["labels"],
            _pull_secret(args, within),
            within,
        )
        return [own_namespace, account]


def _certified(args: EndpointArgs, obtained: pulumi.CustomResource | None) -> EndpointArgs:
    """Let the smoke request wait for the certificate by which the router answers."""
    if obtained is None or "smoke_request" not in args:
        return args
    return {**args, "smoke_request": {**args["smoke_request"], "certificate": obtained.id}}


def _alias_summary(described: AliasArgs) -> AliasSummary:
    url, versions = described["route"]["url"], described["versions"]
    if len(versions) > 1:
        return {"url": url, "weights": dict(versions)}
    return {"url": url, "version": next(iter(versions))}
