"""What is in the images that the program builds, and what is not, looked at in the registry."""

import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator

import pytest

from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.registry_images import PushedImage, pushed_image
from tests.cluster.deployments.stack import Stack
from tests.object_store import ObjectStore, object_store

pytestmark = pytest.mark.cluster

USER, PASSWORD = "robot", "s73577357"
MANIFEST = """
    - endpoint: {name: one, image: python:3.11-slim, server-command: python -m http.server $PORT}
    - endpoint:
        name: two
        image: python:3.11-slim
        server-command: python -m http.server $PORT
        files: [{name: model, path: models/model.bin}]
    """


@pytest.fixture(scope="module")
def index() -> Iterator[ObjectStore]:
    """An index of one package that asks for a password."""
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("shapes.py", "")
        archive.writestr(
            "shapes-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shapes\nVersion: 1.0\n"
        )
        archive.writestr(
            "shapes-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("shapes-1.0.dist-info/RECORD", "")
    name = "shapes-1.0-py3-none-any.whl"
    with object_store() as running:
        running.login = f"{USER}:{PASSWORD}"
        running.objects["/simple/shapes/"] = f'<a href="/files/{name}">{name}</a>'.encode()
        running.objects[f"/files/{name}"] = wheel.getvalue()
        yield running


@pytest.fixture(scope="module")
def stack(
    new_stack: Callable[[str], Stack], index: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Stack:
    """A stack of two endpoints with the same requirements, from a private index."""
    made, directory = new_stack("content"), tmp_path_factory.mktemp("content")
    project = write_project(
        directory / "project",
        MANIFEST,
        requirements__txt="shapes==1.0\n",
        code__py="",
        notes__txt="",
        __dockerignore="notes.txt\n",
        __env="TOKEN=ignored\n",
        __gitignore=".env\n",
    )
    (project / "code.py").chmod(0o600)
    (project / "run.sh").touch(mode=0o700)
    subprocess.run(["git", "init", "--quiet", str(project)], check=True)
    (directory / "model.bin").write_bytes(b"weights")
    made.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        builder={
            "index": {"url": f"{index.url}/simple", "username": USER, "password": {"secret": "packages"}}
        },
        deployments=[
            deployment(
                "content", project, one={}, two={"files": {"model": {"path": str(directory / "model.bin")}}}
            )
        ],
    )
    made.set_secret("packages", PASSWORD)
    made.up()
    return made


@pytest.fixture(scope="module")
def images(stack: Stack) -> list[PushedImage]:
    return [pushed_image(summary["image"]) for _, summary in sorted(stack.outputs().items())]


def test_credentials_of_the_index_are_in_no_layer_history_or_state(
    images: list[PushedImage], stack: Stack
) -> None:
    for image in images:
        assert any(path.endswith("site-packages/shapes.py") for path in image.files())
        for text in (image.manifest, image.configuration):
            assert PASSWORD not in text
        assert not [layer for layer in image.layers if PASSWORD.encode() in layer]
    assert PASSWORD not in stack.state() + stack.written()


def test_endpoints_with_the_same_requirements_share_every_layer_but_their_model_files(
    images: list[PushedImage],
) -> None:
    one, two = images
    step = "install-python-packages.sh -r requirements.txt"
    assert one.layer_of(step) == two.layer_of(step)
    digests = [digest for _, digest in one.steps]
    assert [digest for _, digest in two.steps][: len(digests)] == digests
    assert "--from=files" not in one.configuration
    assert len(two.steps) == len(one.steps) + 1


def test_only_what_belongs_to_the_project_is_in_its_directory(images: list[PushedImage]) -> None:
    prefix = "valohai/repository/"
    files = {
        path.removeprefix(prefix): member
        for path, member in images[0].files().items()
        if path.startswith(prefix) and not member.isdir()
    }
    assert files.keys() == {
        ".dockerignore",
        ".gitignore",
        "code.py",
        "requirements.txt",
        "run.sh",
        "valohai.yaml",
    }


def test_modes_and_owners_are_the_same_whoever_builds(images: list[PushedImage]) -> None:
    files = images[1].files()
    assert files["valohai/repository/code.py"].mode & 0o777 == 0o644
    assert files["valohai/repository/run.sh"].mode & 0o777 == 0o755
    assert files["valohai/repository/models/model.bin"].mode & 0o777 == 0o644
    for path, member in files.items():
        if path.startswith("valohai/repository/"):
            assert (member.uid, member.gid) == (10001, 10001), path


def test_nothing_is_built_again_while_nothing_changes(stack: Stack) -> None:
    assert stack.preview() == []
