"""Creating, changing, replacing and deleting objects through the engine."""

import pytest

from tests.cluster.kubernetes_provider.kubectl import Kubectl
from tests.cluster.kubernetes_provider.stack import Stack

pytestmark = pytest.mark.cluster

PROGRAM = """
token = pulumi.Output.secret("annotation-secret")
kubernetes.core.v1.Secret(
    "credentials",
    metadata={"namespace": namespace, "annotations": {"token": token}},
    string_data={"password": "hunter2"},
    opts=options(),
)
settings = kubernetes.core.v1.ConfigMap(
    "settings", metadata={"namespace": namespace}, data={"greeting": "hello"}, opts=options()
)
container = {
    "name": "web",
    "image": IMAGE,
    "resources": {"requests": {"cpu": "0.010", "memory": "16Mi"}},
    "env": [{"name": "SETTINGS", "value": settings.metadata["name"]}],
    "ports": [{"container_port": 8000}],
}
workload("web", container)
service = kubernetes.core.v1.Service(
    "web",
    metadata={"name": "web", "namespace": namespace},
    spec={"selector": {"app": "web"}, "ports": [{"port": 80, "target_port": 8000}]},
    opts=options(),
)
pulumi.export("settings", settings.metadata["name"])
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, namespace: str, pause_image: str) -> Stack:
    stack = Stack(tmp_path_factory.mktemp("objects") / "program", namespace)
    stack.write(PROGRAM.replace("IMAGE", repr(pause_image)))
    shown = stack.up()
    assert "development plugin" in shown
    return stack


def test_a_preview_right_after_an_update_finds_nothing_to_do(deployed: Stack) -> None:
    assert deployed.preview() == []


def test_secrets_are_encrypted_in_state_and_reach_the_cluster(deployed: Stack, kubectl: Kubectl) -> None:
    state = deployed.state()
    for spelling in ("hunter2", "aHVudGVyMg==", "annotation-secret"):
        assert spelling not in state
    names = [name for name in kubectl.names("secret") if name.startswith("credentials-")]
    assert [kubectl.get("secret", name)["data"] for name in names] == [{"password": "aHVudGVyMg=="}]


def test_an_unnamed_object_gets_a_name_that_a_change_of_content_renews(
    deployed: Stack, kubectl: Kubectl, pause_image: str
) -> None:
    before = deployed.output("settings")
    deployed.write(PROGRAM.replace("IMAGE", repr(pause_image)).replace('"hello"', '"good day"'))
    steps = {(step.operation, step.name): step.changed for step in deployed.preview()}
    assert steps["replace", "settings"] == ("data.greeting",)
    assert ("update", "web") in steps
    deployed.up()
    after = deployed.output("settings")
    assert before != after
    assert [name for name in kubectl.names("configmap") if name.startswith("settings-")] == [after]
    container = kubectl.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "SETTINGS", "value": after}]


def test_a_field_that_the_program_drops_is_removed_from_the_live_object(
    deployed: Stack, kubectl: Kubectl, pause_image: str
) -> None:
    deployed.write(PROGRAM.replace("IMAGE", repr(pause_image)).replace('"memory": "16Mi"', ""))
    deployed.up()
    container = kubectl.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"requests": {"cpu": "10m"}}


def test_a_changed_selector_deletes_the_deployment_before_it_makes_the_new_one(
    deployed: Stack, kubectl: Kubectl, pause_image: str
) -> None:
    before = kubectl.get("deployment", "web")["metadata"]["uid"]
    program = PROGRAM.replace("IMAGE", repr(pause_image))
    deployed.write(
        program.replace('workload("web", container)', 'workload("web", container, labels={"app": "other"})')
    )
    steps = [step.operation for step in deployed.preview("--show-replacement-steps") if step.name == "web"]
    assert steps == ["delete-replaced", "replace", "create-replacement"]
    deployed.up()
    assert kubectl.get("deployment", "web")["metadata"]["uid"] != before


def test_a_refresh_finds_a_deleted_object_and_the_next_update_makes_it_again(
    deployed: Stack, kubectl: Kubectl
) -> None:
    kubectl("delete", "service", "web")
    deployed.succeed("refresh", "--yes", "--skip-preview")
    assert [(step.operation, step.name) for step in deployed.preview()] == [("create", "web")]
    deployed.up()
    assert kubectl.names("service") == ["web"]


def test_a_refresh_without_a_change_in_the_cluster_changes_nothing(deployed: Stack) -> None:
    deployed.succeed("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert deployed.preview() == []


def test_a_field_that_somebody_else_has_changed_is_a_conflict_that_names_both(
    deployed: Stack, kubectl: Kubectl, pause_image: str
) -> None:
    patch = '{"spec": {"selector": {"app": "elsewhere"}}}'
    kubectl("patch", "service", "web", "--field-manager=rival", f"--patch={patch}")
    deployed.succeed("refresh", "--yes", "--skip-preview")
    assert [step.changed for step in deployed.preview()] == [("spec.selector.app",)]
    shown = deployed.fail_up()
    assert '.spec.selector: conflict with "rival"' in shown
    assert "pulumi.com/patchForce" in shown

    forced = (
        'metadata={"name": "web", "namespace": namespace, "annotations": {"pulumi.com/patchForce": "true"}}'
    )
    program = PROGRAM.replace("IMAGE", repr(pause_image))
    deployed.write(program.replace('metadata={"name": "web", "namespace": namespace}', forced))
    deployed.up()
    assert kubectl.get("service", "web")["spec"]["selector"] == {"app": "web"}


def test_a_destroy_leaves_no_object_behind(deployed: Stack, kubectl: Kubectl) -> None:
    deployed.destroy()
    assert kubectl.names("deployment,service") == []
    assert [name for name in kubectl.names("configmap,secret") if name != "kube-root-ca.crt"] == []


def test_an_update_leaves_the_number_of_replicas_to_whoever_scales_the_workload(
    stack: Stack, kubectl: Kubectl, pause_image: str
) -> None:
    program = """
    labels = {"app": "scaled"}
    container = {"name": "app", "image": IMAGE, "env": [{"name": "VERSION", "value": "1"}]}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    kubernetes.apps.v1.Deployment(
        "scaled",
        metadata={"name": "scaled", "namespace": namespace},
        spec={"selector": {"match_labels": labels}, "template": pod},
        opts=options(),
    )
    """.replace("IMAGE", repr(pause_image))
    stack.write(program)
    stack.up()
    kubectl("scale", "deployment", "scaled", "--replicas=2")
    for version in ("2", "3"):
        stack.write(program.replace('"value": "1"', f'"value": "{version}"'))
        stack.up()
        live = kubectl.get("deployment", "scaled")
        assert live["spec"]["replicas"] == 2
        assert live["status"]["availableReplicas"] == 2
