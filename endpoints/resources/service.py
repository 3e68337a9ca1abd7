"""A stable address for the pods of one endpoint, inside the cluster."""

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.resources.identity import IdentityArgs, metadata
from endpoints.resources.workload import PORT_NAME

PORT = 80
"""The Service's port, which it has under the name ``PORT_NAME``, too."""

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""The engine would wait 10 s for every Service to settle, and up to 10 min for an Ingress status that many
routers never write. The workload's own wait already tells whether the endpoint came up.
"""


def service(name: str, identity: IdentityArgs, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.Service:
    """Declare the Service of the pods that ``identity`` selects."""
    return kubernetes.core.v1.Service(
        name,
        metadata=metadata(identity, SKIP_AWAIT),
        spec={
            "type": "ClusterIP",
            "selector": dict(identity["selector"]),
            "ports": [{"name": PORT_NAME, "port": PORT, "target_port": PORT_NAME, "protocol": "TCP"}],
        },
        opts=opts,
    )
