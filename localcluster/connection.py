"""The file by which everything else finds the running cluster."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcluster.atomic_write import write_atomically
from localcluster.control_plane.gateway_api import GATEWAY
from localcluster.control_plane.kubeconfigs import CONTEXT
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.registry.builder import BUILDER_NAME, builder_socket
from localcluster.router import INGRESS_CLASS, router_https_address

AUTHORITY_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def connection(
    layout: Layout, instance: Instance, environment: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Describe how to reach the cluster's API server, registry, router and image builder."""
    return {
        "kubeconfig": str(layout.kubeconfig),
        "context": CONTEXT,
        "registry": instance.registry,
        "router": {
            "url": f"http://127.0.0.1:{instance.router_port}",
            "ingressClass": INGRESS_CLASS,
            "gateway": {"name": GATEWAY, "namespace": GATEWAY},
            # Where its requests to pods come from, for network policies that let only the router in.
            "sourceRanges": [f"{instance.network.host}/32"],
            "httpsAddress": router_https_address(instance),
        },
        "builder": {
            "name": BUILDER_NAME,
            "buildxConfig": str(layout.buildx),
            "socket": f"unix://{builder_socket(layout)}",
        },
        "buildCertificateAuthority": _certificate_authorities(environment),
    }


def write_connection(layout: Layout, content: Mapping[str, Any]) -> None:
    """Write the file, which tells everybody that the cluster runs."""
    write_atomically(layout.connection, json.dumps(content, indent=1) + "\n")


def _certificate_authorities(environment: Mapping[str, str]) -> str | None:
    """Find the certificates that this machine trusts.

    Where a proxy signs TLS anew, package downloads inside a build succeed only with the machine's own list.
    Builds get it as a secret.
    """
    for candidate in [*(environment.get(name, "") for name in AUTHORITY_VARIABLES), str(SYSTEM_AUTHORITIES)]:
        if candidate and Path(candidate).is_file():
            return str(Path(candidate).absolute())
    return None
