"""Traefik: the router in front of the cluster, which reaches the pods over the node's cable."""

from pathlib import Path

from localcluster.control_plane.kubeconfigs import kubeconfig_path
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.components import Component
from localcluster.processes.health import http_ok

STATUS_PORT = 9100
HTTPS_PORT = 8443
INGRESS_CLASS = "traefik"


def router_status_url(instance: Instance) -> str:
    """Give the base of Traefik's own API, which tells what it routes and what it cannot."""
    return f"http://{instance.network.loopback}:{STATUS_PORT}"


def router_https_address(instance: Instance) -> str:
    """Give host and port of HTTPS, for Ingresses with a certificate and for Gateways that have one."""
    return f"{instance.network.loopback}:{HTTPS_PORT}"


def router(layout: Layout, instance: Instance, program: Path) -> Component:
    """Give Traefik, listening at `http://127.0.0.1:<router port>`.

    It serves Ingresses of the class `traefik`, and HTTPRoutes of the Gateway in `control_plane.gateway_api`.
    """
    address = instance.network.loopback
    return Component(
        name="traefik",
        after=("router program", "objects", "Gateway API"),
        command=(
            str(program),
            f"--entrypoints.web.address=127.0.0.1:{instance.router_port}",
            # Otherwise X_Script_Name passes where a server that reads CGI-style names would take it for the
            # real header.
            "--entrypoints.web.http.aliasheadersstrategy=delete",
            f"--entrypoints.websecure.address={router_https_address(instance)}",
            "--entrypoints.websecure.http.aliasheadersstrategy=delete",
            "--entrypoints.websecure.http.tls=true",
            f"--entrypoints.traefik.address={address}:{STATUS_PORT}",
            "--entrypoints.traefik.http.aliasheadersstrategy=delete",
            "--api.insecure=true",
            "--api.dashboard=false",
            "--ping=true",
            "--providers.kubernetesingress=true",
            f"--providers.kubernetesingress.ingressclass={INGRESS_CLASS}",
            # /a/b must not catch /a/bc.
            "--providers.kubernetesingress.strictprefixmatching=true",
            # An endpoint without a ready pod is answered with 503 (try again), not with 404 (does not exist).
            "--providers.kubernetesingress.allowemptyservices=true",
            "--providers.kubernetescrd=true",
            f"--providers.kubernetescrd.ingressclass={INGRESS_CLASS}",
            "--providers.kubernetesgateway=true",
            "--providers.kubernetesgateway.statusaddress.ip=127.0.0.1",
            # The default of 2 s would keep sending requests to a pod that is ending.
            "--providers.providersthrottleduration=100ms",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
            "--log.level=INFO",
        ),
        environment={"KUBECONFIG": str(kubeconfig_path(layout, "router")), "PATH": "/usr/bin:/bin"},
        is_ready=lambda: http_ok(f"{router_status_url(instance)}/ping"),
    )
