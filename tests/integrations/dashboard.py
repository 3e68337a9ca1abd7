"""The dashboard's expressions, as Grafana would send them."""

import re

from tests.cluster.deployments.kubectl import wait_until
from tests.integrations.companions.prometheus import Prometheus

VARIABLES = {
    "namespace": "namespace",
    "project": "valohai_com_project",
    "deployment": "valohai_com_deployment",
    "version": "valohai_com_version",
    "endpoint": "valohai_com_endpoint",
    "workload": "app_kubernetes_io_instance",
}
"""The dashboard's variables, and the labels of series that hold their values."""


def chosen(prometheus: Prometheus, namespace: str, expression: str) -> str:
    """Fill in the variables as Grafana does where all endpoints of a namespace are chosen."""
    series = f'up{{namespace="{namespace}",valohai_com_endpoint!=""}}'
    found = wait_until(lambda: prometheus.query(series), 60, f"pods of {namespace} are scraped")
    for variable, label in VARIABLES.items():
        values = sorted({re.escape(one["metric"][label]) for one in found})
        pattern = f"({'|'.join(values)})".replace("\\", "\\\\")
        expression = expression.replace(f"${variable}", pattern)
    expression = expression.replace("$__rate_interval", "1m")
    assert "$" not in expression
    return expression
