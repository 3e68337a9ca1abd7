"""Where Prometheus is answered."""

from collections.abc import Callable

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import EndpointPlan, MetricsPlan, StackPlan
from endpoints.stack_file import MetricsSettings

Plan = Callable[[str], StackPlan]

DEFAULTS = "config:\n  endpoints:defaults: {metrics: {scrape: podMonitor, labels: {release: main}}}\n"


def endpoints(plan: StackPlan) -> dict[str, EndpointPlan]:
    ((version,),) = [deployment.versions for deployment in plan.deployments]
    return {endpoint.address.endpoint: endpoint for endpoint in version.endpoints}


def test_nothing_is_measured_by_default(plan: Plan, stack: str) -> None:
    for endpoint in endpoints(plan(stack)).values():
        assert endpoint.metrics is None
        assert "VALOHAI_METRICS_PORT" not in endpoint.environment


def test_a_wsgi_server_answers_at_a_port_of_its_own(plan: Plan, stack: str) -> None:
    text = stack.replace("files: {model", "metrics: {scrape: annotations}\n              files: {model")
    planned = endpoints(plan(text))
    assert planned["predict"].metrics == MetricsPlan(9464, MetricsSettings(scrape="annotations"))
    assert not planned["predict"].metrics.by_pod_monitor
    assert planned["predict"].environment["VALOHAI_METRICS_PORT"] == "9464"
    assert planned["greet"].metrics is None


def test_the_endpoints_own_port_is_refused(plan: Plan, stack: str) -> None:
    own = "metrics: {scrape: annotations, port: 8000}\n              files: {model"
    text = stack.replace("files: {model", own)
    with pytest.raises(
        ProjectError, match=r"metrics\.port: found 8000, which is the port of the endpoint itself"
    ):
        plan(text)


def test_a_command_is_measured_only_if_it_measures_itself(plan: Plan, stack: str) -> None:
    text = stack.replace("config:\n", DEFAULTS)
    planned = endpoints(plan(text))
    assert planned["greet"].metrics is None
    chosen = MetricsSettings(scrape="podMonitor", labels={"release": "main"})
    assert planned["predict"].metrics == MetricsPlan(9464, chosen)
    assert planned["predict"].metrics.by_pod_monitor
    own = text.replace("greet: {}", "greet: {metrics: {port: 8002, path: /stats, intervalSeconds: 5}}")
    greet = endpoints(plan(own))["greet"]
    own_settings = {"port": 8002, "path": "/stats", "interval_seconds": 5}
    assert greet.metrics == MetricsPlan(8002, chosen.model_copy(update=own_settings))
    assert "VALOHAI_METRICS_PORT" not in greet.environment


def test_metrics_of_one_command_without_a_port_are_a_mistake(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {metrics: {scrape: annotations}}")
    with pytest.raises(ProjectError, match=r"metrics\.port: is missing; metrics of a server-command need"):
        plan(text)


def test_what_only_a_pod_monitor_has_is_refused_without_one(plan: Plan, stack: str) -> None:
    text = stack.replace("greet: {}", "greet: {metrics: {scrape: annotations, labels: {release: main}}}")
    with pytest.raises(ProjectError, match="labels is for a PodMonitor; add scrape: podMonitor, or remove"):
        plan(text)


def test_one_endpoint_may_stay_out_of_what_all_others_have(plan: Plan, stack: str) -> None:
    text = stack.replace("config:\n", DEFAULTS).replace("greet: {}", "greet: {metrics: {scrape: none}}")
    planned = endpoints(plan(text))
    assert planned["greet"].metrics is None
    assert planned["predict"].metrics is not None
