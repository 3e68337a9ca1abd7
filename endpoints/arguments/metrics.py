"""Arguments of what tells Prometheus about an endpoint's pods."""

from endpoints.plan import EndpointPlan, MetricsPlan, PodMonitorPlan
from endpoints.resources.pod_monitor import PodMonitorArgs
from endpoints.resources.workload import METRICS_PORT_NAME, PORT_NAME, MetricsArgs


def metrics_arguments(metrics: MetricsPlan) -> MetricsArgs:
    """Return the port of the pods, and whether annotations tell of it."""
    return {"port": metrics.port, "path": metrics.path, "annotated": metrics.monitor is None}


def pod_monitor_arguments(
    plan: EndpointPlan, metrics: MetricsPlan, monitor: PodMonitorPlan
) -> PodMonitorArgs:
    """Return what a PodMonitor says; a server may answer at the port by which it is reached anyway."""
    arguments: PodMonitorArgs = {
        "port_name": PORT_NAME if metrics.port == plan.port else METRICS_PORT_NAME,
        "path": metrics.path,
        "labels": dict(monitor.labels),
    }
    if monitor.interval_seconds is not None:
        arguments["interval_seconds"] = monitor.interval_seconds
    return arguments
