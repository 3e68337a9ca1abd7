"""Reaching clusters, objects that others made, custom kinds, and previews."""

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.kubernetes_provider.kubectl import Kubectl
from tests.cluster.kubernetes_provider.stack import Stack

pytestmark = pytest.mark.cluster

ONE_CONFIG_MAP = """
kubernetes.core.v1.ConfigMap(
    "settings", metadata={"name": NAME, "namespace": namespace}, data={"greeting": "hello"}, opts=options()
)
"""


def named(program: str) -> tuple[str, str]:
    """The program with a name that no other test uses."""
    name = f"settings-{uuid.uuid4().hex[:8]}"
    return program.replace("NAME", repr(name)), name


def test_an_object_that_exists_is_refused_until_it_is_adopted(stack: Stack, kubectl: Kubectl) -> None:
    program, name = named(ONE_CONFIG_MAP)
    kubectl("create", "configmap", name, "--from-literal=theirs=1")
    stack.write(program)
    refused = stack.fail_up()
    assert f"{name} already exists in the cluster, but not in this stack" in refused
    assert kubectl.get("configmap", name)["data"] == {"theirs": "1"}
    stack.up(PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    assert kubectl.get("configmap", name)["data"] == {"theirs": "1", "greeting": "hello"}


def test_an_object_can_be_imported_and_then_managed(stack: Stack, kubectl: Kubectl) -> None:
    program, name = named(ONE_CONFIG_MAP)
    kubectl("create", "configmap", name, "--from-literal=greeting=hello", "--field-manager=kubectl")
    stack.write(program.replace("opts=options()", f"opts=options(import_='{stack.namespace}/{name}')"))
    stack.up()
    stack.write(program.replace('"hello"', '"good day"'), enable_config_map_mutable=True)
    assert [(step.operation, step.changed) for step in stack.preview() if step.name == "settings"] == [
        ("update", ("data.greeting",))
    ]
    stack.up()
    assert kubectl.get("configmap", name)["data"] == {"greeting": "good day"}


def test_a_preview_fails_for_an_object_that_the_cluster_would_refuse(stack: Stack) -> None:
    stack.write(
        """
        kubernetes.core.v1.Service(
            "web", metadata={"name": "web", "namespace": namespace},
            spec={"ports": [{"port": 123456}], "selector": {"app": "web"}}, opts=options(),
        )
        """
    )
    shown = stack.fail("preview")
    assert "cannot create Service" in shown
    assert "spec.ports[0].port" in shown


def test_a_namespace_and_its_objects_are_previewed_and_made_in_one_run(
    stack: Stack, kubectl: Kubectl
) -> None:
    name = f"{stack.namespace}-inner"
    stack.write(
        f"""
        inner = kubernetes.core.v1.Namespace("inner", metadata={{"name": {name!r}}}, opts=options())
        kubernetes.core.v1.ConfigMap(
            "settings", metadata={{"namespace": inner.metadata["name"]}}, data={{"a": "b"}}, opts=options()
        )
        """
    )
    assert {step.operation for step in stack.preview()} == {"create"}
    stack.up()
    stack.destroy()
    assert name not in kubectl.names("namespace")


def test_a_custom_resource_is_found_by_discovery_and_waited_for_as_annotated(
    stack: Stack, kubectl: Kubectl
) -> None:
    # The garbage collector, which lets the widget go, looks for new kinds every 30 s.
    group, limit = f"t{uuid.uuid4().hex[:8]}.example.com", "120"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [version],
        },
    }
    kubectl("apply", "-f", "-", text=json.dumps(definition))
    kubectl("wait", "--for=condition=Established", f"crd/widgets.{group}")
    try:
        stack.write(
            f"""
            kubernetes.apiextensions.CustomResource(
                "widget", api_version={f"{group}/v1"!r}, kind="Widget",
                metadata={{"name": "widget", "namespace": namespace, "annotations": {{
                    "pulumi.com/waitFor": "jsonpath={{.spec.size}}=3", "pulumi.com/timeoutSeconds": {limit!r}
                }}}},
                spec={{"size": 3, "share": 0.5}}, opts=options(),
            )
            """
        )
        stack.up()
        assert kubectl.get(f"widgets.{group}", "widget")["spec"] == {"size": 3, "share": 0.5}
        stack.destroy()
        assert kubectl.names(f"widgets.{group}") == []
    finally:
        kubectl("delete", "crd", f"widgets.{group}", "--wait=false")


def test_a_finalizer_that_holds_an_object_is_named_when_it_stays(stack: Stack, kubectl: Kubectl) -> None:
    program, name = named(ONE_CONFIG_MAP)
    stack.write(
        program.replace("opts=options()", "opts=options(custom_timeouts=pulumi.CustomTimeouts(delete='3s'))")
    )
    stack.up()
    kubectl("patch", "configmap", name, '--patch={"metadata": {"finalizers": ["example.com/hold"]}}')
    shown = stack.fail("destroy", "--yes", "--skip-preview")
    assert "still there after 3 s; held by the finalizers example.com/hold" in shown
    kubectl("patch", "configmap", name, '--patch={"metadata": {"finalizers": null}}')
    stack.destroy()


@pytest.fixture
def silent_server() -> Iterator[tuple[str, list[Any]]]:
    """A port that notes every connection and answers none."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[Any] = []

    def accept() -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            seen.append(address)
            connection.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}", seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=5)


def kubeconfig_to(server: str, original: Path, place: Path) -> str:
    document = yaml.safe_load(original.read_text())
    for entry in document["clusters"]:
        entry["cluster"] = {"server": server, "insecure-skip-tls-verify": True}
    place.write_text(yaml.safe_dump(document))
    return str(place)


def test_a_preview_of_a_hundred_unchanged_objects_makes_no_connection_at_all(
    stack: Stack, connection: dict[str, Any], tmp_path: Path, silent_server: tuple[str, list[Any]]
) -> None:
    server, seen = silent_server
    program = """
    for i in range(100):
        kubernetes.core.v1.ConfigMap(
            f"settings-{i}",
            metadata={"name": f"many-{i}", "namespace": namespace},
            data={"i": str(i)},
            opts=options(),
        )
    """
    stack.write(program, cluster_identifier="one")
    stack.up()
    elsewhere = kubeconfig_to(server, Path(connection["kubeconfig"]), tmp_path / "kubeconfig")
    stack.write(program, cluster_identifier="one", kubeconfig=elsewhere)
    assert [(step.operation, step.name) for step in stack.preview()] == [("update", "provider")]
    assert seen == []


def test_a_cluster_that_cannot_be_reached_is_named_in_one_sentence(
    stack: Stack, connection: dict[str, Any], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = f"https://127.0.0.1:{listener.getsockname()[1]}"
    program, _ = named(ONE_CONFIG_MAP)
    stack.write(
        program, kubeconfig=kubeconfig_to(server, Path(connection["kubeconfig"]), tmp_path / "kubeconfig")
    )
    shown = stack.fail_up()
    assert f"cannot reach the Kubernetes API server {server} (context {connection['context']})" in shown
    assert "Connect" in shown
    assert "Traceback" not in shown


def test_an_unknown_setting_of_the_provider_is_refused_with_those_that_exist(stack: Stack) -> None:
    stack.write(
        """
        provider = pulumi.ProviderResource("kubernetes", "other", {"namspace": "x"})
        """
    )
    shown = stack.fail("preview")
    assert "namspace is no setting of the Kubernetes provider" in shown
