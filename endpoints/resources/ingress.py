"""Routes by Kubernetes' own Ingress."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.networking.v1 import HTTPIngressPathArgsDict, IngressRuleArgsDict, IngressSpecArgsDict

from endpoints.resources.identity import MetadataArgs, metadata
from endpoints.resources.route_arguments import IngressArgs, RouteArgs
from endpoints.resources.service import SKIP_AWAIT
from endpoints.resources.workload import PORT_NAME


def ingress(
    name: str, identity: MetadataArgs, args: RouteArgs, by: IngressArgs, opts: pulumi.ResourceOptions
) -> kubernetes.networking.v1.Ingress:
    """Declare the Ingress in front of the one Service of the route.

    No annotation and no rewrite: the app sees the full path, which is what WSGI's SCRIPT_NAME presumes, and
    the object means the same to every router.
    """
    (backend,) = args["backends"]
    path: HTTPIngressPathArgsDict = {
        "path": args["prefix"],
        "path_type": "Prefix",
        "backend": {"service": {"name": backend["service"], "port": {"name": PORT_NAME}}},
    }
    rule: IngressRuleArgsDict = {"http": {"paths": [path]}}
    spec: IngressSpecArgsDict = {"rules": [rule]}
    if "host" in args:
        rule["host"] = args["host"]
    if "ingress_class" in by:
        spec["ingress_class_name"] = by["ingress_class"]
    if "tls_secret" in by and "host" in args:
        spec["tls"] = [{"hosts": [args["host"]], "secret_name": by["tls_secret"]}]
    return kubernetes.networking.v1.Ingress(
        name, metadata=metadata(identity, SKIP_AWAIT), spec=spec, opts=opts
    )
