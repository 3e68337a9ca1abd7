"""How requests reach the Services of endpoints: by an Ingress, or by an HTTPRoute of a Gateway."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.networking.v1 import HTTPIngressPathArgsDict, IngressRuleArgsDict, IngressSpecArgsDict

from endpoints.plan import EndpointPlan
from endpoints.plan.address import Address, Alias
from endpoints.resources.http_route import http_route
from endpoints.resources.ingress_prefix import nginx_path, removing_annotations, removing_middlewares
from endpoints.resources.metadata import SKIP_AWAIT, metadata, route_annotations
from endpoints.resources.overrides import Declared, laid_over
from endpoints.resources.pod import PORT_NAME
from endpoints.target import GatewayRouter, IngressRouter, Target

CERTIFICATE_SECRET = "endpoints-tls"
"""Name of the Secret, in each deployment's namespace, for certificates that cert-manager obtains."""

ACCEPTANCE_SECONDS = 120
"""How long a Gateway may take to accept a route: most need a second, those of clouds up to a minute."""


def route(
    name: str,
    served: Address | Alias,
    plan: EndpointPlan,
    target: Target,
    opts: pulumi.ResourceOptions,
    timeout_seconds: int = ACCEPTANCE_SECONDS,
) -> pulumi.Resource:
    """Declare the route of an address or alias, of the kind that the target's router takes.

    ``plan`` is of the endpoint that the route leads to. ``timeout_seconds`` is how long may be waited for the
    route, where that is shorter than usual.
    """
    match target.router:
        case GatewayRouter() as router:
            return http_route(name, served, plan, router, min(timeout_seconds, ACCEPTANCE_SECONDS), opts)
        case IngressRouter() as router:
            declared = ingress_object(served, plan, router)
            if plan.strips_prefix and router.controller == "traefik":
                # Traefik serves no Ingress whose Middlewares are not there.
                middlewares = removing_middlewares(name, served, opts)
                opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=middlewares))
            return kubernetes.networking.v1.Ingress(
                name, metadata=declared.metadata, spec=declared.spec, opts=opts
            )


def ingress_object(served: Address | Alias, plan: EndpointPlan, router: IngressRouter) -> Declared:
    """Build the Ingress in front of the one Service of the route, with what the stack file lays over it.

    No annotation of the program's own and no rewrite, unless the endpoint asks for it: the app sees the full
    path, which is what WSGI's SCRIPT_NAME presumes, and the object means the same to every router.
    """
    path: HTTPIngressPathArgsDict = {
        "path": served.prefix,
        "path_type": "Prefix",
        "backend": {"service": {"name": plan.address.object_name, "port": {"name": PORT_NAME}}},
    }
    annotations = route_annotations(plan, router)
    if plan.strips_prefix:
        annotations = removing_annotations(served, router.controller, annotations)
        if router.controller == "ingress-nginx":
            path.update({"path": nginx_path(served), "path_type": "ImplementationSpecific"})
    rule: IngressRuleArgsDict = {"http": {"paths": [path]}}
    spec: IngressSpecArgsDict = {"rules": [rule]}
    if router.host is not None:
        rule["host"] = router.host
    if router.ingress_class is not None:
        spec["ingress_class_name"] = router.ingress_class
    if router.tls is not None and router.host is not None:
        secret = router.tls.secret_name or CERTIFICATE_SECRET
        spec["tls"] = [{"hosts": [router.host], "secret_name": secret}]
    return laid_over(plan, "Ingress", metadata(served, {**annotations, **SKIP_AWAIT}), spec)
