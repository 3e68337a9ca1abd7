"""How requests reach the Services of endpoints: by an Ingress, or by an HTTPRoute of a Gateway."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.networking.v1 import HTTPIngressPathArgsDict, IngressRuleArgsDict, IngressSpecArgsDict

from endpoints.plan import EndpointPlan
from endpoints.plan.address import Address, Alias
from endpoints.resources.http_route import http_route
from endpoints.resources.metadata import SKIP_AWAIT, metadata, route_annotations
from endpoints.resources.overrides import Declared, laid_over
from endpoints.resources.pod import PORT_NAME
from endpoints.target import GatewayRouter, IngressRouter, Target

CERTIFICATE_SECRET = "endpoints-tls"
"""Name of the Secret, in each deployment's namespace, for certificates that cert-manager obtains."""

_TRAEFIK_MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"

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
                removal = _middleware(name, served, opts)
                opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[removal]))
            return kubernetes.networking.v1.Ingress(
                name, metadata=declared.metadata, spec=declared.spec, opts=opts
            )


def ingress_object(served: Address | Alias, plan: EndpointPlan, router: IngressRouter) -> Declared:
    """Build the Ingress in front of the one Service of the route, with what the stack file lays over it.

    Unless the prefix is to be removed, there is no annotation of the program's own and no rewrite: the app
    sees the full path, which is what WSGI's SCRIPT_NAME presumes, and the object means the same to every
    router.
    """
    path: HTTPIngressPathArgsDict = {
        "path": served.prefix,
        "path_type": "Prefix",
        "backend": {"service": {"name": plan.address.object_name, "port": {"name": PORT_NAME}}},
    }
    annotations = {**route_annotations(plan, router), **SKIP_AWAIT}
    if plan.strips_prefix and router.controller == "traefik":
        given = annotations.get(_TRAEFIK_MIDDLEWARES)
        removal = f"{served.namespace}-{served.object_name}@kubernetescrd"
        annotations[_TRAEFIK_MIDDLEWARES] = f"{given},{removal}" if given else removal
    elif plan.strips_prefix:
        # A dot means any character otherwise; no other one of a prefix has a meaning.
        path |= {
            "path": served.prefix.replace(".", r"\.") + "(/|$)(.*)",
            "path_type": "ImplementationSpecific",
        }
        annotations |= {
            "nginx.ingress.kubernetes.io/use-regex": "true",
            "nginx.ingress.kubernetes.io/rewrite-target": "/$2",
            "nginx.ingress.kubernetes.io/x-forwarded-prefix": served.prefix,
        }
    rule: IngressRuleArgsDict = {"http": {"paths": [path]}}
    spec: IngressSpecArgsDict = {"rules": [rule]}
    if router.host is not None:
        rule["host"] = router.host
    if router.ingress_class is not None:
        spec["ingress_class_name"] = router.ingress_class
    if router.tls is not None and router.host is not None:
        secret = router.tls.secret_name or CERTIFICATE_SECRET
        spec["tls"] = [{"hosts": [router.host], "secret_name": secret}]
    return laid_over(plan, "Ingress", metadata(served, annotations), spec)


def _middleware(
    name: str, served: Address | Alias, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Declare what removes the prefix in Traefik, and tells the server of it in X-Forwarded-Prefix.

    A client's own header is removed by Traefik from 2.11.14 on.
    https://doc.traefik.io/traefik/middlewares/http/stripprefix/
    """
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="traefik.io/v1alpha1",
        kind="Middleware",
        metadata=metadata(served),
        spec={"stripPrefix": {"prefixes": [served.prefix]}},
        opts=opts,
    )
