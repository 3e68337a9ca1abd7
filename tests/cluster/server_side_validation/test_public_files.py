"""Every valid valohai.yaml of the collection becomes objects that a real API server accepts.

Most of these images cannot be had here, so nothing runs: the objects are the program's own, the verdict is
the API server's.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from endpoints.errors import ProjectError
from endpoints.manifest import Endpoint, load_manifest
from tests.cluster.server_side_validation.conftest import Object, Refusals
from tests.program.recording import ROOT, Recording, run_program

pytestmark = pytest.mark.cluster

CORPUS = ROOT.parent / "shared/corpus"


def endpoints_of(path: Path) -> tuple[Endpoint, ...]:
    try:
        return load_manifest(path).endpoints
    except ProjectError:
        return ()  # a file with mistakes, which tests/unit/manifest looks at


FILES = [path.relative_to(CORPUS).as_posix() for path in sorted(CORPUS.rglob("*.yaml")) if endpoints_of(path)]


def declare(path: Path, directory: Path) -> Recording:
    """Run the program for a file alone: its code is not there, and its model files are made up."""
    project = directory / "project"
    project.mkdir()
    (project / "valohai.yaml").write_bytes(path.read_bytes())
    (directory / "model").write_bytes(b"model")
    chosen = {
        endpoint.name: {
            "replicas": {"min": 2, "max": 4},
            "files": {file.name: {"path": str(directory / "model")} for file in endpoint.files},
        }
        for endpoint in endpoints_of(path)
    }
    version = {"name": "20261101.0", "endpoints": chosen}
    settings: dict[str, Any] = {
        "organization": "server-side",
        "cluster": {"kind": "user", "context": "prod", "kubeconfig": "tests/fixtures/kubeconfig.yaml"},
        "registry": {"repository": "registry.acme.example/ml"},
        "routing": {"kind": "ingress", "ingressClass": "traefik", "host": "models.acme.example"},
        "environment": {"LOG_LEVEL": "info"},
        "deployments": [
            {
                "project": "validation",
                "name": "Public.Files",
                "source": str(project),
                "aliases": {"latest": "20261101.0"},
                "versions": [version],
            }
        ],
    }
    return run_program(
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
    )


def kubernetes_objects(recording: Recording) -> list[Object]:
    return [
        dict(resource.inputs)
        for resource in recording.resources
        if resource.type.startswith("kubernetes:") and "kind" in resource.inputs
    ]


def pods(objects: list[Object]) -> list[Object]:
    """Return the pods that the workloads would make: only as pods are they looked at by every check."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **item["spec"]["template"]["metadata"],
                "name": f"{item['metadata']['name']}-pod",
                "namespace": item["metadata"]["namespace"],
            },
            "spec": item["spec"]["template"]["spec"],
        }
        for item in objects
        if item["kind"] == "Deployment"
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no collection of public valohai.yaml files at {CORPUS}")
@pytest.mark.parametrize("name", FILES)
def test_a_public_file_becomes_objects_that_the_api_server_accepts(
    name: str, tmp_path: Path, refusals: Refusals
) -> None:
    objects = kubernetes_objects(declare(CORPUS / name, tmp_path))
    kinds = [item["kind"] for item in objects]

    assert kinds.count("Deployment") == len(endpoints_of(CORPUS / name))
    assert {"Namespace", "Service", "Ingress", "HorizontalPodAutoscaler"} <= set(kinds)
    # The service account already exists, for pods are looked at together with theirs.
    assert refusals([item for item in objects if item["kind"] != "ServiceAccount"]) == []
    assert refusals(pods(objects)) == []


def test_the_collections_examples_of_the_official_parser_are_among_them() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no collection of public valohai.yaml files at {CORPUS}")
    with_endpoints = {
        path.relative_to(CORPUS).as_posix()
        for path in CORPUS.glob("valohai-yaml/valid/*.yaml")
        if any("endpoint" in item for item in yaml.safe_load(path.read_text()))
    }
    # These two hold an endpoint twice, which is refused.
    twice = {f"valohai-yaml/valid/inline-consts-valid_{kind}.yaml" for kind in ("bytes", "obj")}
    assert with_endpoints - twice <= set(FILES)


def test_a_field_that_kubernetes_does_not_know_is_refused(tmp_path: Path, refusals: Refusals) -> None:
    """Or the other tests of this file would show nothing."""
    manifest = tmp_path / "valohai.yaml"
    manifest.write_text("- endpoint: {name: greet, image: python, wsgi: app}\n")
    objects = kubernetes_objects(declare(manifest, tmp_path))
    (workload,) = [item for item in objects if item["kind"] == "Deployment"]
    (pod,) = pods(objects)

    wrong = {**workload, "spec": {**workload["spec"], "replica": 2}}
    (unknown,) = refusals([wrong])
    (forbidden,) = refusals([{**pod, "spec": {**pod["spec"], "hostNetwork": True}}])
    assert 'unknown field "spec.replica"' in unknown
    assert "violates PodSecurity" in forbidden
