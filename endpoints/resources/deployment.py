"""A Valohai deployment: a namespace with the endpoints of all its versions."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from endpoints.cluster.ownership import STACK_ANNOTATION
from endpoints.plan import DeploymentPlan
from endpoints.plan.address import Address, Alias
from endpoints.resources.certificate import certificate
from endpoints.resources.endpoint import Endpoint
from endpoints.resources.namespace import let_go, namespace, pull_secret, service_account
from endpoints.resources.ownership import unless_namespace_is_taken, unless_taken
from endpoints.resources.route import route
from endpoints.target import Target, route_path


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


class Deployment(pulumi.ComponentResource):
    """Namespace and account of a Valohai deployment, the endpoints of its versions, and their aliases."""

    namespace: pulumi.Output[str]
    """The namespace that holds everything."""
    endpoints: pulumi.Output[dict[str, EndpointSummary]]
    """What there is to know about each endpoint, by its address without the leading slash."""
    aliases: pulumi.Output[dict[str, AliasSummary]]
    """What there is to know about each alias, by its address without the leading slash."""

    def __init__(
        self, name: str, plan: DeploymentPlan, target: Target, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("valohai:index:Deployment", name, _granted(plan, target), opts)
        foundations = self._foundations(name, plan, target) if target.makes_namespaces else []
        if plan.namespace in target.handed_over:
            let_go(name, plan.namespace, pulumi.ResourceOptions(parent=self))
        # Kubernetes deletes what a namespace holds together with it, which takes one request.
        inside = pulumi.ResourceOptions(
            parent=self, depends_on=foundations, deleted_with=foundations[0] if foundations else None
        )
        obtained = certificate(name, plan, target, inside)
        declared: dict[str, Endpoint] = {}
        for version in plan.versions:
            for endpoint in version.endpoints:
                address = _name(endpoint.address)
                declared[address] = Endpoint(address, endpoint, target, plan.listed, obtained, inside)
        for shared in plan.aliases:
            served_by = [declared[_name(share.target)] for share in shared.shares]
            self._alias(shared, plan, target, [*foundations, *served_by])
        self.namespace = pulumi.Output.from_input(plan.namespace)
        # Not one Output: in a preview the addresses and URLs are known while the images are not.
        self.summaries: dict[str, EndpointSummary] = {
            address: {"url": endpoint.url, "image": endpoint.image, "namespace": endpoint.namespace}
            for address, endpoint in declared.items()
        }
        self.endpoints = pulumi.Output.from_input(self.summaries)
        self.alias_summaries: dict[str, AliasSummary] = {
            _name(shared): _alias_summary(shared, target) for shared in plan.aliases
        }
        self.aliases = pulumi.Output.from_input(self.alias_summaries)
        self.register_outputs(
            {"namespace": self.namespace, "endpoints": self.endpoints, "aliases": self.aliases}
        )

    def _foundations(self, name: str, plan: DeploymentPlan, target: Target) -> list[pulumi.Resource]:
        """Declare the namespace and the account, for which everything else waits."""
        own_namespace = namespace(
            name,
            plan.namespace,
            plan.labels,
            {STACK_ANNOTATION: target.ownership.stack} if target.ownership else {},
            pulumi.ResourceOptions(
                parent=self, hooks=unless_namespace_is_taken(name, plan.namespace, plan.listed, target)
            ),
        )
        within = pulumi.ResourceOptions(parent=self, depends_on=[own_namespace], deleted_with=own_namespace)
        credentials = pull_secret(plan.namespace, plan.labels, target.registry, within)
        return [own_namespace, service_account(name, plan.namespace, plan.labels, credentials, within)]

    def _alias(
        self, shared: Alias, plan: DeploymentPlan, target: Target, after: list[pulumi.Resource]
    ) -> None:
        """Declare the alias's route, whose name stays when the alias moves.

        It depends on the endpoints: an alias moves once their pods work, and not at all where they do not.
        """
        name, hooks = _name(shared), None
        if not target.makes_namespaces:
            # Others may use the namespace, too.
            what = f"the route {shared.object_name} of the namespace {shared.namespace}"
            hooks = unless_taken(name, what, route_path(shared, target.router), plan.listed, target)
        # A route has one set of annotations, also where several versions share the alias.
        first = plan.endpoint(shared.shares[0].target)
        own = pulumi.ResourceOptions(parent=self, depends_on=after, hooks=hooks)
        route(name, shared, first, target, own)


def _name(served: Address | Alias) -> str:
    """Return the name in Pulumi: the address without the leading slash."""
    return served.prefix.removeprefix("/")


def _granted(plan: DeploymentPlan, target: Target) -> Mapping[str, Any]:
    """Return the limits of a team on a managed cluster; nothing is made of them, reports read them."""
    grant = target.grant
    if grant is None:
        return {}
    container = {name: dict(getattr(grant.container, name)) for name in ("requests", "limits", "max")}
    limits = {"quota": dict(grant.quota), "replicas": grant.replicas.max, "container": container}
    return {"granted": {"namespace": plan.namespace, **limits}}


def _alias_summary(described: Alias, target: Target) -> AliasSummary:
    url = described.url(target.router.base_url)
    weights = {share.target.version: share.weight for share in described.shares}
    if len(weights) > 1:
        return {"url": url, "weights": weights}
    return {"url": url, "version": next(iter(weights))}
