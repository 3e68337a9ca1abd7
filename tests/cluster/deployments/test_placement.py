"""What valohai.yaml says of nodes, devices and volumes, on a real node with real volumes."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-placement-production"
NODE_LABEL = "trial.example/disk"
DEVICE = "trial.example/accelerator"
ONLY_DEVICE = "trial.example/rare-accelerator"
DEVICES = {DEVICE: "2", ONLY_DEVICE: "1"}
STORAGE_CLASS = "trial-local"

MANIFEST = f"""
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python server.py
        node-selector: {NODE_LABEL}=fast
        tolerations: [{{key: trial.example/reserved, operator: Exists, effect: NoSchedule}}]
        resources: {{devices: {{{DEVICE}: 1}}}}
        shared-volumes: [{{pvc-name: greetings, mount-path: /greetings, sub-path: en, read-only: true}}]
        workspace-volume: {{mount-path: /scratch, size: 1, storage-class-name: {STORAGE_CLASS}}}
    """
SERVER = """
    import json
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from pathlib import Path

    def written(path):
        try:
            Path(path).write_text("scratch")
        except OSError as error:
            return type(error).__name__ + ": " + error.strerror
        return Path(path).read_text()

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            answer = {
                "greeting": Path("/greetings/greeting.txt").read_text(),
                "shared": written("/greetings/new.txt"),
                "workspace": written("/scratch/new.txt"),
            }
            self.wfile.write(json.dumps(answer).encode())

    ThreadingHTTPServer(("0.0.0.0", 8000), Greeting).serve_forever()
    """


def local_volume(name: str, directory: Path, node: str) -> dict[str, object]:
    """Return a PersistentVolume over a directory of this machine."""
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "storageClassName": STORAGE_CLASS,
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "local": {"path": str(directory)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    }


@pytest.fixture
def node(kubectl: Kubectl) -> Iterator[str]:
    """Give the node a label, two devices and one of another kind, and take them away again."""
    name: str = json.loads(kubectl.run("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
    paths = {f"/status/capacity/{kind.replace('/', '~1')}": count for kind, count in DEVICES.items()}
    kubectl.run("label", "node", name, f"{NODE_LABEL}=fast", "--overwrite")
    for path, count in paths.items():
        patch_status(kubectl, name, {"op": "add", "path": path, "value": count})
    yield name
    for path in paths:
        patch_status(kubectl, name, {"op": "remove", "path": path})
    kubectl.run("label", "node", name, f"{NODE_LABEL}-")


@pytest.fixture
def shared(kubectl: Kubectl, node: str, tmp_path: Path) -> Iterator[Path]:
    """Make two local volumes of the node, then remove them; return the directory of the shared one."""
    directory, scratch = tmp_path / "shared", tmp_path / "scratch"
    (directory / "en").mkdir(parents=True)
    (directory / "en/greeting.txt").write_text("hello")
    (directory / "en/greeting.txt").chmod(0o644)
    scratch.mkdir()
    objects = tmp_path / "objects.yaml"
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    volumes = [local_volume("trial-shared", directory, node), local_volume("trial-scratch", scratch, node)]
    objects.write_text(yaml.safe_dump_all([storage_class, *volumes]))
    kubectl.run("apply", "-f", str(objects))
    yield directory
    kubectl.run("delete", "--wait=false", "-f", str(objects))


def patch_status(kubectl: Kubectl, node: str, change: dict[str, str]) -> None:
    kubectl.run("patch", "node", node, "--subresource=status", "--type=json", "-p", json.dumps([change]))


def claim(kubectl: Kubectl, file: Path) -> None:
    """Make the claim that the manifest names, bound to the volume with the greeting."""
    spec = {
        "storageClassName": STORAGE_CLASS,
        "volumeName": "trial-shared",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    metadata = {"name": "greetings", "namespace": NAMESPACE}
    document = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
    file.write_text(yaml.safe_dump(document))
    kubectl.run("apply", "-f", str(file))


def test_pods_get_the_node_the_device_and_the_volumes_that_the_manifest_asks_for(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, node: str, shared: Path, tmp_path: Path
) -> None:
    stack = new_stack("placement")
    project = write_project(tmp_path / "project", MANIFEST, server__py=SERVER)
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[deployment("placement", project, greet={})],
    )
    # The claim belongs into a namespace that the update makes: pods wait until it is there.
    running = stack.start("up")
    wait_until(lambda: NAMESPACE in kubectl.namespaces(), 120, "the namespace was created")
    claim(kubectl, tmp_path / "claim.yaml")
    assert running.wait(timeout=300) == 0

    # It is only read, so that the pods' group, which the workspace needs, does not become its own.
    greeting = (shared / "en/greeting.txt").stat()
    assert (greeting.st_gid, greeting.st_mode & 0o777) == (os.getegid(), 0o644)
    (summary,) = stack.outputs().values()
    assert json.loads(request(summary["url"]).body) == {
        "greeting": "hello",
        "shared": "OSError: Read-only file system",
        "workspace": "scratch",
    }
    (pod,) = kubectl.get("pods", NAMESPACE)
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["nodeName"] == node
    assert pod["spec"]["nodeSelector"] == {NODE_LABEL: "fast"}
    assert {"key": "trial.example/reserved", "operator": "Exists", "effect": "NoSchedule"} in pod["spec"][
        "tolerations"
    ]
    assert container["resources"]["requests"][DEVICE] == container["resources"]["limits"][DEVICE] == "1"
    assert stack.preview() == []


def test_a_rollout_that_waits_for_the_device_of_its_own_old_pod_is_told_and_recreated(
    new_stack: Callable[[str], Stack], node: str, tmp_path: Path
) -> None:
    assert node
    manifest = MANIFEST.partition("        shared-volumes:")[0].replace(DEVICE, ONLY_DEVICE)
    stack = new_stack("recreated")
    project = write_project(
        tmp_path / "project", manifest, server__py="from http.server import test\ntest()\n"
    )

    def configure(**settings: object) -> None:
        greet = {"replicas": {"min": 1, "max": 1}, "timeoutSeconds": 20, **settings}
        stack.configure(
            organization="trial",
            cluster={"kind": "embedded"},
            deployments=[deployment("recreated", project, greet=greet)],
        )

    configure()
    stack.up()
    configure(environment={"CHANGED": "yes"})
    assert f"hold all 1 {ONLY_DEVICE} of the nodes" in stack.succeed("preview")
    shown = stack.fail("up", "--yes", "--skip-preview")
    assert f"Insufficient {ONLY_DEVICE}" in shown
    assert "the pod that it replaces, greet-20261101-0-" in shown
    assert "set rollout: {strategy: recreate}" in shown
    configure(environment={"CHANGED": "yes"}, rollout={"strategy": "recreate"})
    stack.up()
    assert stack.preview() == []
