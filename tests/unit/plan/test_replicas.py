"""How many pods run, and what that follows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import EndpointPlan, StackPlan
from endpoints.stack_file.endpoint import Shutdown

Plan = Callable[[str], StackPlan]

KEDA = "keda: {triggers: [{type: cron, metadata: {desiredReplicas: 2}}]"


def endpoints(plan: StackPlan) -> dict[str, EndpointPlan]:
    ((version,),) = [deployment.versions for deployment in plan.deployments]
    return {endpoint.address.endpoint: endpoint for endpoint in version.endpoints}


def greet(plan: Plan, stack: str, settings: str) -> EndpointPlan:
    return endpoints(plan(stack.replace("greet: {}", f"greet: {settings}")))["greet"]


def test_a_minimum_that_is_the_maximum_is_a_fixed_number(plan: Plan, stack: str) -> None:
    planned = greet(plan, stack, "{replicas: {min: 3, max: 3}, scaling: {cpuUtilization: 50}}")
    assert (planned.replicas.min, planned.replicas.max, planned.scaling) == (3, 3, None)


def test_a_fixed_number_that_may_be_none_is_kedas(plan: Plan, stack: str) -> None:
    fixed = f"{{replicas: {{min: 2, max: 2}}, scaling: {{{KEDA}}}}}}}"
    to_zero = fixed.replace("keda: {", "keda: {scaleToZero: true, ")
    assert greet(plan, stack, fixed).scaling is None
    assert greet(plan, stack, to_zero).scaling is not None


def test_memory_that_is_not_requested_cannot_be_followed(plan: Plan, stack: str, root: Path) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(manifest.read_text().replace("    resources: {memory: {max: 64}}\n", ""))
    with pytest.raises(ProjectError) as raised:
        greet(plan, stack, "{scaling: {memoryUtilization: 80}}")
    assert "greet.scaling.memoryUtilization: is a percentage of the endpoint's memory" in str(raised.value)
    assert "add resources: {memory: {min: MEGABYTES}} to the endpoint in valohai.yaml" in str(raised.value)


def test_memory_of_a_fixed_number_of_pods_need_not_be_requested(plan: Plan, stack: str) -> None:
    settings = "{replicas: {min: 1, max: 1}, scaling: {memoryUtilization: 80}}"
    assert greet(plan, stack, settings).scaling is None


def test_the_time_that_a_pod_has_to_end_reaches_gunicorn(plan: Plan, stack: str) -> None:
    settings = "shutdown: {gracePeriodSeconds: 300}\n              keepAliveSeconds: 620"
    predict = endpoints(plan(stack.replace("predict:", f"predict:\n              {settings}")))["predict"]
    assert predict.shutdown == Shutdown(pre_stop_seconds=5, grace_period_seconds=300)
    assert {"--graceful-timeout=290", "--keep-alive=620"} < set(predict.command)


def test_the_form_of_the_access_log_reaches_gunicorn(plan: Plan, stack: str) -> None:
    planned = endpoints(plan(stack.replace("predict:", "predict:\n              accessLog: json")))
    assert planned["predict"].environment["VALOHAI_ACCESS_LOG"] == "json"
    assert "VALOHAI_ACCESS_LOG" not in planned["greet"].environment
