"""The kinds of Traefik's own objects, of which endpoints use Middlewares."""

from typing import Any

GROUP = "traefik.io"

_KINDS = (
    "IngressRoute",
    "IngressRouteTCP",
    "IngressRouteUDP",
    "Middleware",
    "MiddlewareTCP",
    "ServersTransport",
    "ServersTransportTCP",
    "TLSOption",
    "TLSStore",
    "TraefikService",
)
"""All kinds that Traefik watches: it routes nothing until it has seen a list of each.

https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/kubernetes-crd/
"""


def router_definitions() -> list[dict[str, Any]]:
    """Give a definition for each kind, without its fields: Traefik tells in its log which it refuses."""
    return [_definition(kind) for kind in _KINDS]


def _definition(kind: str) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [
                {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }
