"""Read-only questions to the cluster's API server, asked as its administrator."""

from datetime import datetime
from typing import Any

from localcluster.control_plane.certificates import NODE_NAME
from localcluster.control_plane.kubeconfigs import API_PORT
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.processes.health import http_json


def get(layout: Layout, instance: Instance, path: str) -> Any:
    """Give the API's answer to a GET of `path`, None when there is none."""
    certificates = layout.certificates
    return http_json(
        f"https://{instance.network.host}:{API_PORT}{path}",
        certificates / "cluster-authority.crt",
        certificates / "administrator",
    )


def node_condition(layout: Layout, instance: Instance, since: float = 0.0) -> tuple[bool, str]:
    """Tell whether the node is ready, and if not, why.

    `since` (seconds since 1970) asks for a sign of life after that time: what the API server remembers of a
    kubelet that was killed stays "ready" for most of a minute. A kubelet gives such signs in two places: in
    its node's condition at every change, and in its lease every few seconds once that exists.
    """
    node = get(layout, instance, f"/api/v1/nodes/{NODE_NAME}")
    lease = get(
        layout, instance, f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{NODE_NAME}"
    )
    if node is None:
        return False, "the API server does not know the node or does not answer"
    conditions = node["status"].get("conditions", [])
    ready = next((condition for condition in conditions if condition["type"] == "Ready"), None)
    if ready is None:
        return False, "the kubelet has not reported a state yet"
    signs = [ready["lastHeartbeatTime"], *([lease["spec"]["renewTime"]] if lease else [])]
    # The first of the two is told in whole seconds.
    if max(datetime.fromisoformat(sign).timestamp() for sign in signs) < int(since):
        return False, "the kubelet has not reported since its start"
    return ready["status"] == "True", ready.get("message", "")
