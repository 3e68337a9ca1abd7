"""Whether a managed cluster's Prometheus can read the metrics of a team's endpoints."""

from collections.abc import Iterator

from endpoints.errors import Problem
from endpoints.grant import Grant
from endpoints.plan.metrics import MetricsPlan
from endpoints.plan.models import DeploymentPlan
from endpoints.settings import Settings
from endpoints.yaml_document import KeyPath

_ASK = "ask its administrators for `network: {monitoringNamespace: ...}`"


def check_monitoring(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find PodMonitors that the team has no right to make."""
    for path, metrics in _unreachable(deployments, grant):
        if metrics.monitor is not None:
            text = f"the team may make no PodMonitor on this cluster; use annotations, or {_ASK}"
            yield settings.problem(path, text)


def advise_on_monitoring(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find annotations that no Prometheus follows; the same stack file is right on another cluster."""
    for path, metrics in _unreachable(deployments, grant):
        if metrics.monitor is None:
            text = f"nothing but the router reaches pods of this cluster, so nobody reads metrics; {_ASK}"
            yield settings.problem(path, text)


def _unreachable(
    deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[tuple[KeyPath, MetricsPlan]]:
    if grant.monitoring_namespace is not None:
        return
    for index, deployment in enumerate(deployments):
        for number, version in enumerate(deployment.versions):
            for endpoint in version.endpoints:
                if endpoint.metrics is not None:
                    name = endpoint.address.endpoint
                    path: KeyPath = ("deployments", index, "versions", number, "endpoints", name)
                    yield (*path, "metrics", "scrape"), endpoint.metrics
