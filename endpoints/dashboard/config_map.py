"""A ConfigMap that brings the dashboard into Grafana."""

import json
from collections.abc import Mapping
from typing import Any


def dashboard_config_map(dashboard: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """Return the ConfigMap, which Grafana's sidecar finds by its label.

    https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": dashboard["uid"],
            "namespace": namespace,
            "labels": {"grafana_dashboard": "1"},
        },
        "data": {f"{dashboard['uid']}.json": json.dumps(dashboard, indent=1)},
    }
