"""How requests reach the pods of one endpoint: Service and Ingress."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.networking.v1 import HTTPIngressPathArgsDict, IngressRuleArgsDict, IngressSpecArgsDict

from endpoints.components.identity import IdentityArgs, metadata
from endpoints.components.workload import PORT_NAME

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""The engine would wait 10 s for every Service to settle, and up to 10 min for an Ingress status that many
routers never write. The workload's own wait already tells whether the endpoint came up.
"""


class RouteArgs(TypedDict):
    """Where the endpoint is routed."""

    prefix: str
    """Path of the endpoint, without a trailing slash. It is matched by whole segments and passed on
    unchanged.
    """
    url: str
    """The same with scheme and host, for people."""
    ingress_class: NotRequired[str]
    """The router that serves the Ingress; the cluster's default class when absent."""
    host: NotRequired[str]
    """Host name that requests must have; any when absent."""
    tls_secret: NotRequired[str]
    """Secret with the certificate for ``host``."""


def service(name: str, identity: IdentityArgs, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.Service:
    """Declare the Service: a stable address inside the cluster, on port 80."""
    return kubernetes.core.v1.Service(
        name,
        metadata=metadata(identity, SKIP_AWAIT),
        spec={
            "type": "ClusterIP",
            "selector": dict(identity["selector"]),
            "ports": [{"name": PORT_NAME, "port": 80, "target_port": PORT_NAME, "protocol": "TCP"}],
        },
        opts=opts,
    )


def ingress(
    name: str, identity: IdentityArgs, service_name: str, args: RouteArgs, opts: pulumi.ResourceOptions
) -> kubernetes.networking.v1.Ingress:
    """Declare the Ingress in front of a Service of the same namespace.

    No annotation and no rewrite: the app sees the full path, which is what WSGI's SCRIPT_NAME presumes, and
    the object means the same to every router.
    """
    path: HTTPIngressPathArgsDict = {
        "path": args["prefix"],
        "path_type": "Prefix",
        "backend": {"service": {"name": service_name, "port": {"name": PORT_NAME}}},
    }
    rule: IngressRuleArgsDict = {"http": {"paths": [path]}}
    spec: IngressSpecArgsDict = {"rules": [rule]}
    if "host" in args:
        rule["host"] = args["host"]
    if "ingress_class" in args:
        spec["ingress_class_name"] = args["ingress_class"]
    if "tls_secret" in args and "host" in args:
        spec["tls"] = [{"hosts": [args["host"]], "secret_name": args["tls_secret"]}]
    return kubernetes.networking.v1.Ingress(
        name,
        metadata=metadata(identity, SKIP_AWAIT),
        spec=spec,
        opts=opts,
    )
