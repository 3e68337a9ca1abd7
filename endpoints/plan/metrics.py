"""Decides where and how Prometheus reads an endpoint's metrics."""

from dataclasses import dataclass

from endpoints.errors import Problem
from endpoints.manifest import Wsgi
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.server import METRICS_PORT
from endpoints.stack_file import MetricsSettings


@dataclass(frozen=True)
class MetricsPlan:
    """The port at which pods answer Prometheus, and the settings that tell the rest."""

    port: int
    settings: MetricsSettings

    @property
    def by_pod_monitor(self) -> bool:
        """Whether a PodMonitor tells Prometheus of the pods; else their annotations do."""
        return self.settings.scrape == "podMonitor"


def plan_metrics(inputs: EndpointInputs) -> tuple[MetricsPlan | None, list[Problem]]:
    """Return where Prometheus is answered, None where it is not; and what is wrong with that.

    What is set for many endpoints is for those that can: a `server-command` measures itself or not at all.
    """
    chosen, endpoint = inputs.endpoint_settings.metrics, inputs.endpoint
    if chosen.scrape == "none":
        return None, []
    port = chosen.port
    if isinstance(endpoint.server, Wsgi):
        port = port or METRICS_PORT
        if port == endpoint.port:
            text = f"found {port}, which is the port of the endpoint itself; choose another port"
            return None, [inputs.problem(("metrics", "port"), text)]
    elif port is None:
        if "endpoints" not in inputs.layers.place(("metrics", "scrape")):
            return None, []
        text = (
            "is missing; metrics of a server-command need the port where the server exposes metrics for "
            "Prometheus"
        )
        return None, [inputs.problem(("metrics", "port"), text)]
    return MetricsPlan(port, chosen), []
