"""One endpoint of one version: everything between its code and its URL."""

from copy import copy

import pulumi

from endpoints.errors import Problem
from endpoints.plan import EndpointPlan
from endpoints.resources.image import declare_image
from endpoints.resources.ownership import unless_taken
from endpoints.resources.proxy import proxy_secret
from endpoints.resources.rollout import announced_rollout
from endpoints.resources.route import route
from endpoints.resources.scaling import disruption_budget, scale
from endpoints.resources.smoke_request import smoke_request
from endpoints.resources.workload import pod_monitor, secret, service, workload
from endpoints.target import Target


class Endpoint(pulumi.ComponentResource):
    """Image, workload, Service and route of one endpoint, and what decides the number of its pods.

    Endpoints that keep several pods have a disruption budget, and those with secret variables a Secret. What
    depends on an endpoint waits for the answer to its smoke request, too, if it has one.
    """

    url: pulumi.Output[str]
    """Where the endpoint answers."""
    image: pulumi.Output[str]
    """The image that its pods run; with digest, unless it is a ready one that is named without."""
    namespace: pulumi.Output[str]
    """The namespace of its objects."""

    def __init__(
        self,
        name: str,
        plan: EndpointPlan,
        target: Target,
        listed: Problem,
        certificate: pulumi.CustomResource | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the endpoint; ``listed`` is where the stack file asks for its deployment.

        The router cannot answer a smoke request before ``certificate`` has been issued, if there is one.
        """
        super().__init__("valohai:index:Endpoint", name, {}, _waiting_for_nothing(opts))
        address = plan.address

        # The image waits for nothing: it is built while the objects that the others wait for are made.
        reference = declare_image(name, plan, target, pulumi.ResourceOptions(parent=self))
        child = pulumi.ResourceOptions(
            parent=self,
            depends_on=opts.depends_on if opts else None,
            deleted_with=opts.deleted_with if opts else None,
        )
        secret_environment = secret(plan, child)
        proxied_by = proxy_secret(plan, child)
        hooks = pulumi.ResourceHookBinding.merge(
            _unless_workload_is_taken(name, plan, target, listed),
            announced_rollout(name, plan, target, self),
        )
        # Not deleted with the namespace: its controller looks after remaining pods only after half of their
        # grace period, so that a removal would take half a minute longer.
        pods = workload(
            name,
            plan,
            reference,
            secret_environment,
            proxied_by or "",
            pulumi.ResourceOptions(parent=self, depends_on=child.depends_on, hooks=hooks),
            is_scaled=address in target.scaled,
        )
        scale(name, plan, child)
        pod_monitor(name, plan, child)
        disruption_budget(name, plan, child)
        reached_by = service(name, plan, child)
        # It depends on the Service, without which a router would refuse it.
        behind = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[reached_by]))
        reached_from = route(name, address, plan, target, behind, plan.timeout_seconds)
        smoke_request(
            name,
            plan,
            target,
            {
                "image": reference,
                "secrets": secret_environment,
                **({} if proxied_by is None else {"proxy": proxied_by}),
                "workload": pods.metadata.apply(lambda metadata: metadata.uid),
            },
            certificate,
            pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[pods, reached_from])),
        )

        self.url = pulumi.Output.from_input(address.url(target.router.base_url))
        self.image = pulumi.Output.from_input(reference)
        self.namespace = pulumi.Output.from_input(address.namespace)
        self.register_outputs({"url": self.url, "image": self.image, "namespace": self.namespace})


def _waiting_for_nothing(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """Leave waiting to the children, one by one: each waits for its component as well, the image like all.

    They inherit `deleted_with` from their component, too, which not all of them have.
    """
    own = copy(opts)
    if own is not None:
        own.depends_on = own.deleted_with = None
    return own


def _unless_workload_is_taken(
    name: str, plan: EndpointPlan, target: Target, listed: Problem
) -> pulumi.ResourceHookBinding | None:
    """Look for a workload of the same name, in a namespace that others may use, too."""
    if target.makes_namespaces:
        return None
    namespace, object_name = plan.address.namespace, plan.address.object_name
    what = f"the Deployment {object_name} of the namespace {namespace}"
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{object_name}"
    return unless_taken(name, what, path, listed, target)
