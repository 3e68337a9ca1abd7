"""Images with an SBOM and their provenance beside them: pods run them, and all else stays as without."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from endpoints.buildx.build import PLUGIN_DIRECTORIES
from tests.cluster.deployments.attestations import attestations, push_generator
from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.private_registry import PASSWORD, USER, private_registry
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack, count_types

pytestmark = pytest.mark.cluster

MANIFEST = """
    - endpoint:
        name: answer
        image: python:3.11-slim
        wsgi: answer
        files: [{name: model, path: model.bin}]
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [open("model.bin", "rb").read() + b" of {version}"]
    """
IMAGE, ATTESTED_IMAGE = "docker-build:index:Image", "buildx:index:Image"
WORKLOAD = "kubernetes:apps/v1:Deployment"
SPDX, PROVENANCE = "https://spdx.dev/Document", "https://slsa.dev/provenance/v1"


@pytest.fixture(scope="module")
def generator(connection: dict[str, Any], buildx: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image in the cluster's registry that makes SBOMs."""
    name = f"{connection['registry']}/sbom-generator:1"
    push_generator(
        buildx, connection["builder"]["name"], name, tmp_path_factory.mktemp("generator") / "files"
    )
    return name


@pytest.fixture
def stack(new_stack: Callable[[str], Stack], buildx: Path) -> Stack:
    made = new_stack("attested")
    made.put_on_path(buildx.parent)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(b"the model")
    made = write_project(tmp_path / "project", MANIFEST)
    write_application(made, 1)
    return made


def write_application(project: Path, version: int) -> None:
    text = APPLICATION.replace("\n    ", "\n").replace("{version}", str(version))
    (project / "answer.py").write_text(text)


def settings(organization: str, project: Path) -> dict[str, Any]:
    endpoint = {"files": {"model": {"path": str(project.parent / "model.bin")}}}
    return {
        "organization": organization,
        "deployments": [deployment("attested", project, answer=endpoint)],
    }


def test_an_image_has_its_sbom_and_provenance_beside_it_and_pods_run_it(
    stack: Stack, project: Path, generator: str, connection: dict[str, Any], kubectl: Kubectl, tmp_path: Path
) -> None:
    builder = {
        "name": connection["builder"]["name"],
        "certificateAuthority": connection["buildCertificateAuthority"],
        "attestations": {"generator": generator, "provenance": "max"},
    }
    with private_registry(tmp_path, connection) as registry:
        stack.configure(
            **settings("attested", project),
            cluster={
                "kind": "user",
                "kubeconfig": connection["kubeconfig"],
                "context": connection["context"],
            },
            registry={"repository": f"{registry.address}/ml", "username": USER},
            routing={"kind": "ingress", "ingressClass": connection["router"]["ingressClass"]},
            builder=builder,
        )
        path = "endpoints:registry.password"
        stack.succeed("config", "set", "--secret", "--path", path, standard_input=PASSWORD)
        stack.up()
        (outputs,) = stack.outputs().values()
        found = attestations(outputs["image"], f"{USER}:{PASSWORD}")
        (pod,) = kubectl.get("pods", "attested-attested-production")

        assert found.subjects == {found.image}
        assert {"name": "gunicorn"} in found.predicates[SPDX]["packages"]
        provenance = found.predicates[PROVENANCE]
        materials = str(provenance["buildDefinition"]["resolvedDependencies"])
        assert "python" in materials
        assert "3.11-slim" in materials
        assert "install-python-packages.sh" in str(provenance["buildDefinition"])
        assert pod["spec"]["containers"][0]["image"] == outputs["image"]
        assert pod["status"]["containerStatuses"][0]["ready"]
        assert stack.preview() == []
        for secret in (PASSWORD, "BEGIN CERTIFICATE"):
            assert secret not in stack.state() + stack.written() + str(found)

        stack.succeed("refresh", "--yes", "--skip-preview")
        assert stack.preview() == []
        (lost,) = (tmp_path / "images").rglob("ml/attested/attested/production/answer/_manifests")
        shutil.rmtree(lost)
        stack.succeed("refresh", "--yes", "--skip-preview")
        assert count_types(stack.preview())["create", ATTESTED_IMAGE] == 1


def test_attestations_are_switched_on_once_all_that_makes_them_is_there_and_off_again(
    stack: Stack, project: Path, generator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def configure(**builder: Any) -> None:
        stack.configure(**settings("switched", project), cluster={"kind": "embedded"}, builder=builder)

    def failure() -> str:
        told = stack.fail("up", "--yes", "--skip-preview")
        assert "Traceback" not in told
        assert request(outputs["url"]).body == "the model of 1"
        return told

    configure()
    stack.up()
    (outputs,) = stack.outputs().values()

    absent = f"{generator}-absent"
    configure(attestations={"generator": absent})
    assert f"the image {absent}, which generates the SBOM, cannot be pulled; set generator of" in failure()
    if not any(Path(directory, "docker-buildx").exists() for directory in PLUGIN_DIRECTORIES):
        with monkeypatch.context() as without:
            directories = stack.environment["PATH"].split(os.pathsep)
            left = [path for path in directories if not Path(path, "buildx").exists()]
            without.setitem(stack.environment, "PATH", os.pathsep.join(left))
            without.setitem(stack.environment, "DOCKER_CONFIG", str(tmp_path / "docker"))
            assert "install it (https://docs.docker.com/build/install-buildx/), or remove" in failure()

    configure(attestations={"generator": generator})
    on = {("create", ATTESTED_IMAGE): 1, ("delete", IMAGE): 1, ("update", WORKLOAD): 1}
    assert count_types(stack.preview()) == on
    stack.up()
    assert request(outputs["url"]).body == "the model of 1"
    write_application(project, 2)
    assert count_types(stack.preview()) == {("update", ATTESTED_IMAGE): 1, ("update", WORKLOAD): 1}
    stack.up()
    assert request(outputs["url"]).body == "the model of 2"
    configure()
    off = {("create", IMAGE): 1, ("delete", ATTESTED_IMAGE): 1, ("update", WORKLOAD): 1}
    assert count_types(stack.preview()) == off
