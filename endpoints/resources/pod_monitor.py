"""How a Prometheus of the Prometheus operator finds an endpoint's pods."""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.resources.identity import IdentityArgs, metadata


class PodMonitorArgs(TypedDict):
    """What Prometheus asks, and what it calls the pods."""

    port_name: str
    """Name of the container's port."""
    path: str
    """Path of the page."""
    labels: dict[str, str]
    """Labels of the PodMonitor beyond the endpoint's own, by which a Prometheus selects it."""
    interval_seconds: NotRequired[int]
    """Seconds between requests; Prometheus' own number when absent."""


def pod_monitor(
    name: str, identity: IdentityArgs, args: PodMonitorArgs, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Declare the PodMonitor.

    Not a ServiceMonitor: that would take a second port of the Service, which a route could lead to. The pods'
    labels become labels of all their series, as they do where Prometheus finds pods by annotations.
    https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitorSpec
    """
    asked: dict[str, Any] = {"port": args["port_name"], "path": args["path"]}
    if "interval_seconds" in args:
        asked["interval"] = f"{args['interval_seconds']}s"
    described = metadata(identity)
    described["labels"] = {**args["labels"], **identity["labels"]}
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="monitoring.coreos.com/v1",
        kind="PodMonitor",
        metadata=described,
        spec={
            "selector": {"matchLabels": dict(identity["selector"])},
            "podTargetLabels": sorted(identity["labels"]),
            "podMetricsEndpoints": [asked],
        },
        opts=opts,
    )
