"""A managed cluster's limits, found exceeded before anything is changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from endpoints.errors import ProjectError
from endpoints.plan import StackPlan, plan_stack
from endpoints.stack_file import Settings
from endpoints.target.grant import Grant
from tests.unit.grants import output

SettingsOf = Callable[[str], Settings]
PlanWithin = Callable[..., StackPlan]


@pytest.fixture
def plan_within(root: Path, settings_of: SettingsOf) -> PlanWithin:
    """Plan the text of a stack file within a grant, parts of which are given."""

    def plan(text: str, **changes: Any) -> StackPlan:
        grant = Grant.model_validate(output(**changes), by_alias=True)
        return plan_stack(settings_of(text), root, "ingress", grant=grant)

    return plan


@pytest.fixture
def refusal(plan_within: PlanWithin) -> Callable[..., list[str]]:
    """Return the problems of a stack file that goes beyond a grant."""

    def problems(text: str, **changes: Any) -> list[str]:
        with pytest.raises(ProjectError) as raised:
            plan_within(text, **changes)
        return str(raised.value).splitlines()

    return problems


def quota(**changes: str) -> dict[str, str]:
    granted: dict[str, str] = output()["quota"]
    return granted | {key.replace("__", "."): value for key, value in changes.items()}


def with_resources(root: Path, resources: str) -> None:
    """Give the endpoint `greet` resources."""
    manifest = root / "project/valohai.yaml"
    text = manifest.read_text()
    assert text.count("resources: {memory: {max: 64}}") == 1
    manifest.write_text(text.replace("resources: {memory: {max: 64}}", f"resources: {resources}"))


def test_what_a_stack_file_leaves_open_is_the_clusters_default(plan_within: PlanWithin, stack: str) -> None:
    plan = plan_within(stack.replace("greet: {}", "greet: {replicas: {max: 3}}"))
    predict, greet = plan.deployments[0].versions[0].endpoints
    assert (predict.replicas.min, predict.replicas.max) == (1, 2)
    assert greet.replicas.max == 3


def test_a_minimum_above_the_clusters_default_maximum_is_told(
    refusal: Callable[..., list[str]], stack: str
) -> None:
    (problem,) = refusal(stack.replace("greet: {}", "greet: {replicas: {min: 3}}"))
    assert ":14: " in problem
    assert "min 3 is above max 2" in problem


def test_more_pods_than_the_limit_of_an_endpoint_are_told(
    refusal: Callable[..., list[str]], stack: str
) -> None:
    (problem,) = refusal(stack.replace("greet: {}", "greet: {replicas: {max: 6}}"))
    assert problem.startswith(
        "stacks/Pulumi.test.yaml:14: endpoints:deployments[0].versions[0].endpoints.greet.replicas.max: "
        "found 6; the team's limit is 5 for an endpoint"
    )


@pytest.mark.parametrize(
    ("resource", "granted", "needed"),
    [
        ("requests.cpu", "1", "1.2"),
        ("requests.memory", "600Mi", "610.352Mi"),
        ("limits.cpu", "3", "6"),
        ("limits.memory", "1Gi", "1098.633Mi"),
        ("pods", "3", "4"),
    ],
)
def test_sums_above_the_quota_are_told_with_their_parts(
    refusal: Callable[..., list[str]], stack: str, resource: str, granted: str, needed: str
) -> None:
    (problem,) = refusal(stack, quota=quota() | {resource: granted})
    assert ":6: endpoints:deployments[0]: " in problem
    assert f"the deployment needs {resource} of {needed} (predict of 20261101.0 2 x " in problem
    assert f"the team's quota is {granted}; lower replicas.max or remove versions" in problem


def test_all_versions_count_together(refusal: Callable[..., list[str]], stack: str) -> None:
    second = stack + '        - {name: "20261102.0", endpoints: {greet: {replicas: {max: 5}}}}\n'
    (problem,) = refusal(second, quota=quota(pods="8"))
    assert (
        "pods of 9 (predict of 20261101.0 2 x 1, greet of 20261101.0 2 x 1, greet of 20261102.0 5" in problem
    )


def test_an_endpoint_above_the_limit_of_a_container_is_told(
    refusal: Callable[..., list[str]], root: Path, stack: str
) -> None:
    with_resources(root, "{memory: {max: 4096}}")
    problems = refusal(stack, quota=quota(limits__memory="99Gi", requests__memory="99Gi"))
    assert "endpoints.greet: has a memory limit of 3906.25Mi in valohai.yaml; the team's limit" in problems[0]
    assert len(problems) == 1


def test_a_request_above_the_default_limit_is_told(
    refusal: Callable[..., list[str]], root: Path, stack: str
) -> None:
    with_resources(root, "{memory: {min: 1024}}")
    (problem,) = refusal(stack)
    assert "gets the cluster's, 512Mi; set resources.memory.max in valohai.yaml" in problem


def test_devices_count_where_the_quota_names_them(
    refusal: Callable[..., list[str]], plan_within: PlanWithin, root: Path, stack: str
) -> None:
    with_resources(root, "{devices: {nvidia.com/gpu: 1}}")
    assert plan_within(stack).deployments
    (problem,) = refusal(stack, quota=quota() | {"requests.nvidia.com/gpu": "1"})
    assert "needs requests.nvidia.com/gpu of 2" in problem


def test_space_for_pods_counts_as_storage(refusal: Callable[..., list[str]], root: Path, stack: str) -> None:
    manifest = root / "project/valohai.yaml"
    manifest.write_text(
        manifest.read_text().rstrip() + "\n    workspace-volume: {mount-path: /scratch, size: 10}\n"
    )
    (problem,) = refusal(stack)
    assert "needs requests.storage of 20480Mi" in problem


def test_scaling_that_takes_rights_of_its_own_is_told(refusal: Callable[..., list[str]], stack: str) -> None:
    keda = "{scaling: {keda: {triggers: [{type: cron, metadata: {timezone: UTC}}]}}}"
    (problem,) = refusal(stack.replace("greet: {}", f"greet: {keda}"))
    assert "endpoints.greet.scaling.keda: needs rights that the team does not have" in problem


def test_a_ready_image_from_elsewhere_is_told(refusal: Callable[..., list[str]], stack: str) -> None:
    ready = stack.replace(
        "endpoints:deployments:", "endpoints:builder: {kind: none}\n  endpoints:deployments:"
    )
    ready = ready.replace("            predict:\n              files: {model: {path: model.npz}}\n", "")
    (problem,) = refusal(
        ready.replace("greet: {}", "greet: {image: docker.io/library/greet@sha256:" + "0" * 64 + "}")
    )
    assert "endpoints.greet.image: found " in problem
    assert "the team's images must be below registry.example/fraud" in problem


def test_a_quota_without_room_for_a_rollout_is_advised_of(plan_within: PlanWithin, stack: str) -> None:
    (advice,) = plan_within(stack, quota=quota(pods="4")).advice
    assert "a rollout of predict needs 1 more than the quota allows (pods)" in str(advice)
    assert plan_within(stack, quota=quota(pods="5")).advice == ()


def test_metrics_that_nobody_can_read_are_told(
    plan_within: PlanWithin, refusal: Callable[..., list[str]], stack: str
) -> None:
    annotated = stack.replace("greet: {}", "greet: {metrics: {scrape: annotations, port: 8001}}")
    monitored = annotated.replace("scrape: annotations", "scrape: podMonitor")
    (problem,) = refusal(monitored)
    assert (
        "greet.metrics.scrape: the team is not allowed to create a PodMonitor on this cluster; use "
        "annotations"
    ) in problem
    told = "only the router can reach pods of this cluster, so metrics cannot be collected; ask your"
    assert [told in str(advice) for advice in plan_within(annotated).advice].count(True) == 1
    for text in (annotated, monitored):
        plan = plan_within(text, monitoringNamespace="monitoring")
        assert not [advice for advice in plan.advice if "metrics" in str(advice)]


def test_a_priority_class_is_refused_where_teams_share_a_cluster(
    refusal: Callable[..., list[str]], stack: str
) -> None:
    (message,) = refusal(stack.replace("greet: {}", "greet: {priorityClassName: high}"))
    assert message.startswith("stacks/Pulumi.test.yaml:14: ")
    assert "greet.priorityClassName: is not allowed on this cluster" in message


@pytest.mark.parametrize(
    "toleration", ["{operator: Exists}", "{key: node-role.kubernetes.io/control-plane, operator: Exists}"]
)
def test_tolerations_of_the_control_plane_are_refused_where_teams_share_a_cluster(
    refusal: Callable[..., list[str]], plan_within: PlanWithin, stack: str, toleration: str
) -> None:
    (message,) = refusal(stack.replace("greet: {}", f"greet: {{tolerations: [{toleration}]}}"))
    assert message.startswith("stacks/Pulumi.test.yaml:14: ")
    assert "greet.tolerations: every taint, or one of control plane nodes" in message
    assert plan_within(stack.replace("greet: {}", "greet: {tolerations: [{key: gpu, operator: Exists}]}"))


def test_a_limit_of_the_stack_file_is_told_there(refusal: Callable[..., list[str]], stack: str) -> None:
    settings = "greet: {resources: {memory: {max: 100000}}}"
    messages = refusal(stack.replace("greet: {}", settings))
    (message,) = [message for message in messages if "limit for a container" in message]
    assert message.startswith("stacks/Pulumi.test.yaml:14: ")
    assert "greet.resources.memory.max: has a memory limit of" in message
    assert "valohai.yaml" not in message


def test_a_rollout_without_additional_pods_needs_no_room_for_them(
    plan_within: PlanWithin, stack: str
) -> None:
    full = quota(pods="4")
    advice = [str(found) for found in plan_within(stack, quota=full).advice]
    assert any("while all its pods run, a rollout" in text for text in advice)
    recreated = f"{stack}  endpoints:defaults: {{rollout: {{strategy: recreate}}}}\n"
    advice = [str(found) for found in plan_within(recreated, quota=full).advice]
    assert not any("while all its pods run, a rollout" in text for text in advice)
