"""What holds for every resource of every stack."""

import re

import pytest

from tests.program.conftest import Configure
from tests.program.recording import Declared

WORKLOAD = "kubernetes:apps/v1:Deployment"


def _objects(resources: list[Declared]) -> list[Declared]:
    return [found for found in resources if found.type.startswith("kubernetes:")]


def test_every_child_is_named_after_its_component(declare: Configure) -> None:
    resources = declare().resources
    deployment = next(found for found in resources if found.type == "valohai:index:Deployment")
    for resource in resources:
        if resource.path[0] == "valohai:index:Deployment":
            assert resource.name == deployment.name or resource.name.startswith(f"{deployment.name}/")
        else:
            assert resource.type == "pulumi:providers:kubernetes"


def test_no_object_is_left_to_the_default_provider(declare: Configure) -> None:
    for resource in _objects(declare().resources):
        assert "::https://kubernetes.acme.example:6443::" in resource.options["provider"], resource.name


def test_every_object_names_its_namespace_and_its_owner(declare: Configure) -> None:
    for resource in _objects(declare().resources):
        metadata = resource.inputs["metadata"]
        assert metadata["labels"]["app.kubernetes.io/managed-by"] == "pulumi"
        if resource.type != "kubernetes:core/v1:Namespace":
            assert metadata["namespace"] == "acme-digits-production"


def test_neither_images_nor_their_components_wait_for_anything(declare: Configure) -> None:
    recording = declare()
    components = recording.of_type("valohai:index:Endpoint")
    images = recording.of_type("docker-build:index:Image")
    assert len(components) == len(images) > 0
    assert not [resource.name for resource in (*components, *images) if resource.options["dependencies"]]


def test_what_is_in_the_namespace_waits_for_it(declare: Configure) -> None:
    for resource in _objects(declare().resources):
        if resource.type != "kubernetes:core/v1:Namespace":
            assert any("core/v1:Namespace" in urn for urn in resource.options["dependencies"])


def test_all_but_the_pods_is_deleted_with_the_namespace(declare: Configure) -> None:
    for resource in _objects(declare().resources):
        namespace = resource.options["deleted_with"]
        if resource.type in ("kubernetes:core/v1:Namespace", WORKLOAD):
            assert namespace == "", resource
        else:
            assert namespace.endswith("core/v1:Namespace::acme/digits/production"), resource


def test_pods_run_digests_only(declare: Configure) -> None:
    for workload in declare().of_type(WORKLOAD):
        (container,) = workload.inputs["spec"]["template"]["spec"]["containers"]
        assert re.fullmatch(r"registry\.acme\.example/ml/.+@sha256:[0-9a-f]{64}", container["image"])


def test_selectors_are_a_small_part_of_the_pods_labels(declare: Configure) -> None:
    recording = declare()
    for workload in recording.of_type(WORKLOAD):
        spec = workload.inputs["spec"]
        selector = spec["selector"]["matchLabels"]
        assert len(selector) == 1
        assert selector.items() <= spec["template"]["metadata"]["labels"].items()
        (service,) = [
            found for found in recording.of_type("kubernetes:core/v1:Service") if found.name == workload.name
        ]
        assert service.inputs["spec"]["selector"] == selector


def test_the_autoscaler_alone_owns_the_number_of_pods(declare: Configure) -> None:
    recording = declare()
    scaled = {
        found.inputs["spec"]["scaleTargetRef"]["name"]
        for found in recording.of_type("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")
    }
    for workload in recording.of_type(WORKLOAD):
        assert "replicas" not in workload.inputs["spec"]
        assert workload.inputs["metadata"]["name"] in scaled
        (container,) = workload.inputs["spec"]["template"]["spec"]["containers"]
        assert container["resources"]["requests"]["cpu"]


def test_pods_meet_the_restricted_pod_security_standard(declare: Configure) -> None:
    for workload in declare().of_type(WORKLOAD):
        pod = workload.inputs["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "volumes" not in pod


def test_a_pods_grace_has_room_for_the_delay_before_its_shutdown(declare: Configure) -> None:
    for workload in declare().of_type(WORKLOAD):
        pod = workload.inputs["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["lifecycle"]["preStop"]["sleep"]["seconds"] < pod["terminationGracePeriodSeconds"]


def test_the_engine_waits_for_workloads_and_not_for_routes(declare: Configure) -> None:
    recording = declare()
    for workload in recording.of_type(WORKLOAD):
        assert workload.options["timeouts"] == {"create": "600s", "update": "600s"}
        assert "pulumi.com/skipAwait" not in workload.inputs["metadata"].get("annotations", {})
    for token in ("kubernetes:core/v1:Service", "kubernetes:networking.k8s.io/v1:Ingress"):
        for resource in recording.of_type(token):
            assert resource.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true"


def test_images_are_built_by_up_alone_and_stay_in_the_registry(declare: Configure) -> None:
    for image in declare().of_type("docker-build:index:Image"):
        assert image.inputs["buildOnPreview"] is False
        assert image.options["retain_on_delete"] is True


def test_a_disruption_budget_is_there_where_several_pods_are_kept(declare: Configure) -> None:
    budgets = declare().of_type("kubernetes:policy/v1:PodDisruptionBudget")
    assert [found.name for found in budgets] == ["acme/digits/production/20261101.0/predict-digit"]


def test_no_path_of_this_machine_gets_into_the_state(
    declare: Configure, tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = str(tmp_path_factory.getbasetemp())
    for resource in declare().resources:
        assert machine not in repr(resource.inputs)
