"""Decides where and how Prometheus reads an endpoint's metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from endpoints.errors import Problem
from endpoints.manifest import Wsgi
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.server import METRICS_PORT


@dataclass(frozen=True)
class PodMonitorPlan:
    """A PodMonitor's `labels`, and the seconds between requests; None is Prometheus' own number."""

    labels: Mapping[str, str]
    interval_seconds: int | None


@dataclass(frozen=True)
class MetricsPlan:
    """Where pods answer Prometheus; `monitor` None means that annotations tell it."""

    port: int
    path: str
    monitor: PodMonitorPlan | None


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
            text = f"found {port}, on which the endpoint itself is served; choose another port"
            return None, [inputs.problem(("metrics", "port"), text)]
    elif port is None:
        if "endpoints" not in inputs.layers.place(("metrics", "scrape")):
            return None, []
        text = "is missing; metrics of a server-command need the port at which that server answers Prometheus"
        return None, [inputs.problem(("metrics", "port"), text)]
    monitor = (
        PodMonitorPlan(chosen.labels, chosen.interval_seconds) if chosen.scrape == "podMonitor" else None
    )
    return MetricsPlan(port, chosen.path, monitor), []
