"""Images that are loaded from archives, on the shared cluster."""

import io
import json
import os
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path

import pytest

from localcluster.layout import find_layout
from localcluster.plan import find_programs
from localcluster.registry.client import file_digest
from tests.cluster.localcluster.cluster import Cluster, await_true

pytestmark = pytest.mark.cluster


@pytest.fixture
def shared(tools_are_built: None) -> Cluster:  # noqa: ARG001 - skips where no cluster runs
    return Cluster(find_layout())


@pytest.fixture
def archive(tmp_path: Path, shared: Cluster) -> Path:
    """An image with one program that waits, as `docker save` would write it."""
    program = find_programs(shared.layout).directories["pause"] / "pause"
    layer = tmp_path / "layer.tar"
    with tarfile.open(layer, "w") as opened:
        opened.add(program, "wait", filter=lambda entry: entry)
    configuration = {
        "architecture": _architecture(),
        "os": "linux",
        "config": {"Cmd": ["/wait"], "User": "10001"},
        "rootfs": {"type": "layers", "diff_ids": [file_digest(layer)]},
    }
    described = [{"Config": "config.json", "RepoTags": ["acme/waiting:1"], "Layers": ["layer.tar"]}]
    path = tmp_path / "image.tar"
    with tarfile.open(path, "w") as opened:
        opened.add(layer, "layer.tar")
        for name, content in (("config.json", configuration), ("manifest.json", described)):
            text = json.dumps(content).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            opened.addfile(entry, io.BytesIO(text))
    return path


def test_a_loaded_image_can_be_run(shared: Cluster, archive: Path) -> None:
    reference = shared.succeed("load", str(archive)).strip()
    assert reference == f"{shared.connection()['registry']}/acme/waiting:1"
    pod = f"waiting-{uuid.uuid4().hex[:8]}"
    shared.kubectl("run", pod, f"--image={reference}", "--restart=Never")
    try:
        phase = ["get", "pod", pod, "--output=jsonpath={.status.phase}"]
        await_true(lambda: shared.kubectl(*phase) == "Running", "the pod runs")
    finally:
        shared.kubectl("delete", "pod", pod, "--grace-period=0", "--force")


def test_loading_something_else_is_refused_in_one_sentence(shared: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"not an image")
    finished = shared.command("load", str(path))
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"localcluster: {path} is not an image archive")


def test_the_environment_leads_kubectl_to_the_cluster(shared: Cluster) -> None:
    script = f'eval "$({sys.executable} -m localcluster env)" && kubectl get nodes --output=name'
    said = subprocess.run(
        ["sh", "-c", script],
        cwd=shared.layout.clone,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "node/localcluster" in said.stdout.split()


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
