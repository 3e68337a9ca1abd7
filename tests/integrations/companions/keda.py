"""KEDA in the cluster, as its own manifests have it."""

import os
from pathlib import Path

import yaml

from tests.cluster.deployments.kubectl import Kubectl
from tests.integrations.companions.images import push

NAMESPACE = "keda"
EXTERNAL_METRICS = "v1beta1.external.metrics.k8s.io"


def install_keda(programs: Path, registry: str, kubectl: Kubectl, directory: Path) -> None:
    """Run KEDA's operator and its metrics adapter as pods, and wait until both work.

    `directory`, which is empty, gets a kustomization that replaces the images of KEDA's own by those.
    """
    images = {
        "ghcr.io/kedacore/keda": push(registry, programs, "keda"),
        "ghcr.io/kedacore/keda-metrics-apiserver": push(registry, programs, "keda-adapter"),
    }
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        # Its admission webhook is left out: the API server would wait for one that does not run.
        "resources": [os.path.relpath(programs / "manifests/minimal", directory)],
        "images": [
            {"name": name, "newName": image.rpartition(":")[0], "newTag": image.rpartition(":")[2]}
            for name, image in images.items()
        ],
    }
    (directory / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    kubectl.run("apply", "--server-side", "--force-conflicts", f"--kustomize={directory}")
    for workload in ("keda-operator", "keda-metrics-apiserver"):
        kubectl.await_condition("Available", f"deployment/{workload}", NAMESPACE)
    kubectl.await_condition("Available", f"apiservice/{EXTERNAL_METRICS}")
