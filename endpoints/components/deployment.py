"""A Valohai deployment: a namespace with the endpoints of all its versions."""

from typing import TypedDict

import pulumi

from endpoints.components.alias import AliasArgs, alias
from endpoints.components.endpoint import Endpoint, EndpointArgs
from endpoints.components.isolation import namespace, service_account


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
    version: pulumi.Input[str]
    """The version that it stands for."""


class DeploymentArgs(TypedDict):
    """A deployment and everything in it."""

    namespace: str
    """Name of the deployment's namespace."""
    service_account: str
    """Name of the account that the endpoints' pods run as."""
    labels: dict[str, str]
    """Labels of what belongs to the whole deployment."""
    endpoints: dict[str, EndpointArgs]
    """The endpoints by ``<version>/<endpoint>``."""
    aliases: dict[str, AliasArgs]
    """The aliases by ``<alias>/<endpoint>``."""


class Deployment(pulumi.ComponentResource):
    """Namespace and account of a Valohai deployment, the endpoints of its versions, and their aliases."""

    namespace: pulumi.Output[str]
    """The namespace that holds everything."""
    endpoints: pulumi.Output[dict[str, EndpointSummary]]
    """What there is to know about each endpoint, by its address without the leading slash."""
    aliases: pulumi.Output[dict[str, AliasSummary]]
    """What there is to know about each alias, by its address without the leading slash."""

    def __init__(self, name: str, args: DeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Deployment", name, {}, opts)
        own_namespace = namespace(
            name, args["namespace"], args["labels"], pulumi.ResourceOptions(parent=self)
        )
        account = service_account(
            name,
            args["service_account"],
            args["namespace"],
            args["labels"],
            pulumi.ResourceOptions(parent=self, depends_on=[own_namespace]),
        )
        # Not deleted_with the namespace, though that saves requests: its controller looks after remaining
        # pods only every half of their grace period, so that each removal would take half a minute longer.
        inside = pulumi.ResourceOptions(parent=self, depends_on=[own_namespace, account])
        declared = {
            f"{name}/{key}": Endpoint(f"{name}/{key}", endpoint, inside)
            for key, endpoint in args["endpoints"].items()
        }
        for key, described in args["aliases"].items():
            served_by = described["endpoint"]
            alias(
                f"{name}/{key}",
                args["endpoints"][served_by]["identity"],
                described,
                pulumi.ResourceOptions(
                    parent=self, depends_on=[own_namespace, declared[f"{name}/{served_by}"]]
                ),
            )
        self.namespace = pulumi.Output.from_input(args["namespace"])
        # Not one Output: in a preview the addresses and URLs are known while the images are not.
        self.summaries: dict[str, EndpointSummary] = {
            address: {"url": endpoint.url, "image": endpoint.image, "namespace": endpoint.namespace}
            for address, endpoint in declared.items()
        }
        self.endpoints = pulumi.Output.from_input(self.summaries)
        self.alias_summaries: dict[str, AliasSummary] = {
            f"{name}/{key}": {"url": described["route"]["url"], "version": described["version"]}
            for key, described in args["aliases"].items()
        }
        self.aliases = pulumi.Output.from_input(self.alias_summaries)
        self.register_outputs(
            {"namespace": self.namespace, "endpoints": self.endpoints, "aliases": self.aliases}
        )
