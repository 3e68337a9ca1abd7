"""What people read when an image cannot be built: one sentence that names the endpoint and what to do."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.private_registry import USER, private_registry
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.stack import Stack
from tests.object_store import ObjectStore, object_store

pytestmark = pytest.mark.cluster

MANIFEST = """
    - endpoint:
        name: {name}
        image: {image}
        wsgi: app
        {files}
    """
FILES = "files: [{name: model, path: model.bin}]"
SHA256 = hashlib.sha256(b"expected").hexdigest()
KEY = "endpoints:deployments[0].versions[0].endpoints"
EMBEDDED = {"kind": "embedded"}


@pytest.fixture(scope="module")
def stack(new_stack: Callable[[str], Stack]) -> Stack:
    return new_stack("faults")


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        running.objects["/models/model.bin"] = b"something else"
        yield running


_SUMMARIES = ("update failed", "an unhandled error occurred: program exited with non-zero exit code")
"""What the engine says after the errors themselves."""

Configure = Callable[..., None]


@pytest.fixture
def configure(stack: Stack, tmp_path: Path) -> Configure:
    """Write a stack file for one project, whose endpoint is named after the fault."""

    def write(
        name: str,
        image: str = "python:3.11-slim",
        requirements: str = "",
        file: dict[str, str] | None = None,
        **settings: Any,
    ) -> None:
        manifest = MANIFEST.format(name=name, image=image, files=FILES if file else "")
        project = write_project(
            tmp_path / "project",
            manifest,
            app__py="application = None\n",
            requirements__txt=requirements,
        )
        endpoint = {name: {"files": {"model": file}} if file else {}}
        stack.configure(
            **{
                "organization": "faults",
                "cluster": EMBEDDED,
                "deployments": [deployment(name, project, **endpoint)],
                **settings,
            }
        )

    return write


def failure(stack: Stack) -> list[str]:
    """Try to update, and return the errors that the engine shows at the end, without its own summary."""
    done = stack.up(check=False)
    assert done.returncode != 0
    shown = (done.stdout + done.stderr).partition("Diagnostics:")[2]
    errors = re.findall(r"^ *error: (.*(?:\n {6,}\S.*)*)", shown, flags=re.MULTILINE)
    assert "Traceback" not in shown
    return [error for error in errors if not error.startswith(_SUMMARIES)]


def explanation(stack: Stack, name: str) -> str:
    """Return the one error that speaks of the endpoint and its remedy; the other is the builder's own."""
    own: list[str] = []
    others: list[str] = []
    for error in failure(stack):
        (own if error.startswith(f"faults/{name}/production/20261101.0/{name}: ") else others).append(error)
    assert len(own) == len(others) == 1, (own, others)
    return own[0]


def test_a_local_file_with_another_sha256_is_told_before_anything_is_built(
    stack: Stack, configure: Configure, tmp_path: Path
) -> None:
    (tmp_path / "model.bin").write_bytes(b"something else")
    configure("local", file={"path": str(tmp_path / "model.bin"), "sha256": SHA256})
    (error,) = failure(stack)
    assert f"{KEY}.local.files.model: " in error
    assert f"expected {SHA256}; give the right file, or set the new sha256" in error


def test_a_missing_file_is_told_before_anything_is_built(
    stack: Stack, configure: Configure, tmp_path: Path
) -> None:
    configure("missing", file={"path": str(tmp_path / "absent.bin")})
    (error,) = failure(stack)
    assert f"{KEY}.missing.files.model: " in error
    assert "there is no such file; give the path of a file" in error


def test_a_download_with_another_sha256_is_told_with_the_file(
    stack: Stack, configure: Configure, store: ObjectStore
) -> None:
    uri = f"{store.url}/models/model.bin"
    configure("checksum", file={"uri": uri, "sha256": SHA256})
    told = explanation(stack, "checksum")
    assert (
        f"the file model of {uri} does not have the sha256 {SHA256}, or does not exist; correct the uri"
        in told
    )


def test_a_download_that_is_not_there_is_told_with_the_file(
    stack: Stack, configure: Configure, store: ObjectStore
) -> None:
    uri = f"{store.url}/models/absent.bin"
    configure("absent", file={"uri": uri})
    assert f"the server does not return model of {uri}; correct the uri" in explanation(stack, "absent")


def test_a_stored_object_with_another_sha256_is_told_before_anything_is_changed(
    stack: Stack, configure: Configure, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in {
        "AWS_ENDPOINT_URL": store.url,
        "AWS_SKIP_SIGNATURE": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setitem(stack.environment, variable, value)
    configure("stored", file={"uri": "s3://models/model.bin", "sha256": SHA256})
    (error,) = failure(stack)
    assert f"{KEY}.stored.files.model: s3://models/model.bin: found sha256 " in error
    assert f"expected {SHA256}; correct the URI" in error


def test_a_base_image_that_cannot_be_pulled_is_told_with_its_name(stack: Stack, configure: Configure) -> None:
    configure("base", image="python:no-such-tag")
    told = explanation(stack, "base")
    assert "the image python:no-such-tag cannot be pulled; correct image in valohai.yaml" in told


def test_a_package_index_that_cannot_be_reached_is_told_with_its_url(
    stack: Stack, configure: Configure
) -> None:
    url = "http://127.0.0.1:9/simple"  # the port that discards, where nothing listens
    configure("unreachable", requirements="itsdangerous\n", builder={"index": {"url": url}})
    told = explanation(stack, "unreachable")
    assert f"pip cannot reach {url} from the builder; correct index of the stack's builder" in told


def test_a_package_that_the_index_lacks_is_told_with_the_index(
    stack: Stack, configure: Configure, store: ObjectStore
) -> None:
    url = f"{store.url}/simple"
    configure("lacking", requirements="no-such-package\n", builder={"index": {"url": url}})
    assert f"{url} has no package for " in explanation(stack, "lacking")


@pytest.mark.parametrize("attestations", [None, {"sbom": False}], ids=["pulumi-docker-build", "buildx"])
def test_with_docker_buildx_the_requirement_is_named_whatever_builds_at_the_same_time(
    stack: Stack, tmp_path: Path, store: ObjectStore, buildx: Path, attestations: dict[str, Any] | None
) -> None:
    stack.put_on_path(buildx.parent)
    names = ("absent-one", "absent-two")
    projects = {
        name: write_project(
            tmp_path / name,
            MANIFEST.format(name=name, image="python:3.11-slim", files=""),
            app__py="application = None\n",
            requirements__txt=f"{name}==1.0\n",
        )
        for name in names
    }
    stack.configure(
        organization="faults",
        cluster=EMBEDDED,
        builder={"index": {"url": f"{store.url}/simple"}, "attestations": attestations},
        deployments=[deployment(name, project, **{name: {}}) for name, project in projects.items()],
    )
    told = [error for error in failure(stack) if error.startswith("faults/")]
    for name in names:
        (error,) = [one for one in told if f"/{name}: " in one]
        assert f"{store.url}/simple has no package for {name}==1.0 for Python 3.11 on linux" in error


def test_a_wrong_password_of_the_registry_is_told_with_the_user(
    stack: Stack, configure: Configure, connection: dict[str, Any], tmp_path: Path
) -> None:
    with private_registry(tmp_path, connection) as registry:
        configure(
            "password",
            cluster={
                "kind": "user",
                "kubeconfig": connection["kubeconfig"],
                "context": connection["context"],
            },
            registry={"repository": f"{registry.address}/ml", "username": USER},
            routing={"kind": "ingress", "ingressClass": "traefik"},
            builder={
                "name": connection["builder"]["name"],
                "certificateAuthority": connection["buildCertificateAuthority"],
            },
        )
        path = "endpoints:registry.password"
        stack.succeed("config", "set", "--secret", "--path", path, standard_input="s73577357")
        told = explanation(stack, "password")
    assert f"the registry does not let the user {USER} push to {registry.address}/ml/" in told
    assert "correct username and password of the stack's registry" in told
    assert "s73577357" not in stack.state() + stack.written()
