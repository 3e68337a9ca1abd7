"""The Gateway API: its definitions, and the Gateway by which Traefik takes HTTPRoutes of every namespace."""

from pathlib import Path
from typing import Any

from localcluster.control_plane.objects import apply, kubectl
from localcluster.instance import Instance
from localcluster.layout import Layout

FILES_GROUP = "gateway-api"
"""The group of tools/ that holds the definitions; nothing of it is built."""

GATEWAY = "localcluster"
"""Name of the GatewayClass, of the Gateway, and of the Gateway's namespace."""


def apply_gateway_api(layout: Layout, instance: Instance, programs: Path, definitions: Path) -> None:
    """Apply the definitions in that directory, then the Gateway; does nothing when both were applied before.

    Raises ClusterError when the API server refuses them.
    """
    stamp = layout.state / "applied-gateway-definitions"
    if not stamp.exists() or stamp.read_text() != str(definitions):
        kubectl(layout, programs, "apply", "--server-side", "--force-conflicts", f"--filename={definitions}")
        # A custom resource can be applied only once its definition is established.
        kubectl(
            layout,
            programs,
            "wait",
            "--for=condition=Established",
            "--timeout=30s",
            f"--filename={definitions}",
        )
        stamp.write_text(str(definitions))
    apply(layout, programs, gateway_objects(instance), "gateway")


def gateway_objects(instance: Instance) -> list[dict[str, Any]]:
    """Give the class and the Gateway; its listener's port must be the one that the router listens on."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": GATEWAY}},
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": GATEWAY},
            "spec": {"controllerName": "traefik.io/gateway-controller"},
        },
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": GATEWAY, "namespace": GATEWAY},
            "spec": {
                "gatewayClassName": GATEWAY,
                "listeners": [
                    {
                        "name": "web",
                        "protocol": "HTTP",
                        "port": instance.router_port,
                        "allowedRoutes": {"namespaces": {"from": "All"}},
                    }
                ],
            },
        },
    ]
