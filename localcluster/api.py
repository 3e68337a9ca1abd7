"""Read-only questions to the cluster's API server, asked as its administrator."""

from typing import Any

from localcluster.certificates import NODE_NAME
from localcluster.health import http_json
from localcluster.instance import Instance
from localcluster.kubeconfigs import API_PORT
from localcluster.layout import Layout


def get(layout: Layout, instance: Instance, path: str) -> Any:
    """Give the API's answer to a GET of `path`, None when there is none."""
    certificates = layout.certificates
    return http_json(
        f"https://{instance.network.host}:{API_PORT}{path}",
        certificates / "cluster-authority.crt",
        certificates / "administrator",
    )


def node_condition(layout: Layout, instance: Instance) -> tuple[bool, str]:
    """Tell whether the node is ready, and if not, why."""
    node = get(layout, instance, f"/api/v1/nodes/{NODE_NAME}")
    if node is None:
        return False, "the API server does not know the node or does not answer"
    for condition in node["status"].get("conditions", []):
        if condition["type"] == "Ready":
            return condition["status"] == "True", condition.get("message", "")
    return False, "the kubelet has not reported yet"
