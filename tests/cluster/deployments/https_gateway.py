"""A Gateway that ends HTTPS, of whatever controller serves an embedded cluster's own one."""

import json
from typing import Any

from tests.cluster.deployments.certificate import HostCertificate
from tests.cluster.deployments.kubectl import Kubectl


def https_gateway(
    kubectl: Kubectl, connection: dict[str, Any], certificate: HostCertificate, name: str, organization: str
) -> list[dict[str, Any]]:
    """Return a Gateway with its certificate in a namespace of its own; all are called by one name.

    Its listener `https` lets in the namespaces of one organization.
    """
    own = json.loads(kubectl.run("get", "gateway", "localcluster", "-n", "localcluster", "-o", "json"))
    selector = {"matchLabels": {"valohai.com/organization": organization}}
    listener = {
        "name": "https",
        "protocol": "HTTPS",
        "port": int(connection["router"]["httpsAddress"].partition(":")[2]),
        "tls": {"certificateRefs": [{"name": "models-tls"}]},
        "allowedRoutes": {"namespaces": {"from": "Selector", "selector": selector}},
    }
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        certificate.secret("models-tls", name),
        {
            "apiVersion": own["apiVersion"],
            "kind": "Gateway",
            "metadata": {"name": name, "namespace": name},
            "spec": {"gatewayClassName": own["spec"]["gatewayClassName"], "listeners": [listener]},
        },
    ]
