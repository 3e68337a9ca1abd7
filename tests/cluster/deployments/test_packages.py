"""An endpoint that needs packages of its distribution, a private repository, and other requirements."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.registry_images import pushed_image
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.serving.servers_on_loopback import make_repository, private_git_server

pytestmark = pytest.mark.cluster

TOKEN = "t0ken73577357"
MANIFEST = """
    - endpoint:
        name: answer
        image: python:3.11-slim
        wsgi: answer
    """
APPLICATION = """
    import ctypes

    import demo

    library = ctypes.CDLL("libgomp.so.1")

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(demo.answer).encode()]
    """


def test_an_endpoint_gets_what_its_image_lacks_and_no_layer_or_state_has_the_token(
    new_stack: Callable[[str], Stack], tmp_path: Path
) -> None:
    setup = "from setuptools import setup\nsetup(name='demo', version='1.0', py_modules=['demo'])\n"
    make_repository(tmp_path / "git/demo.git", {"setup.py": setup, "demo.py": "answer = 42\n"})
    project = write_project(tmp_path / "project", MANIFEST, answer__py=APPLICATION)
    (project / "requirements").mkdir()
    stack = new_stack("packages")
    with private_git_server(tmp_path / "git", TOKEN) as server:
        (project / "requirements/prod.txt").write_text(
            f"demo @ git+http://${{GIT_TOKEN}}@{server}/demo.git\n"
        )
        settings = {
            "requirements": "requirements/prod.txt",
            "systemPackages": ["libgomp1"],
            "buildPackages": ["git"],
            "buildSecrets": {"GIT_TOKEN": {"secret": "git"}},
        }
        stack.configure(
            organization="packages",
            cluster={"kind": "embedded"},
            deployments=[deployment("packages", project, answer=settings)],
        )
        stack.set_secret("git", TOKEN)
        stack.up()
    (outputs,) = stack.outputs().values()
    assert request(outputs["url"]).body == "42"

    image = pushed_image(outputs["image"])
    assert image.layer_of("install-system-packages.sh libgomp1")
    kept = image.manifest + image.configuration + stack.state() + stack.written()
    assert TOKEN not in kept
    assert not [layer for layer in image.layers if TOKEN.encode() in layer]
    assert not [name for name in image.files() if name.endswith("/git")]

    stack.set_secret("git", "another-token")
    assert stack.preview() == []
