"""Real builds by the embedded cluster's BuildKit, looked at as archives; nothing is pushed."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from endpoints.image.dockerfile import Dockerfile, render_dockerfile
from endpoints.image.requirements import find_requirements
from tests.serving.processes import SERVING

ROOT = Path(__file__).parents[2]
CONNECTION = Path(os.environ.get("LOCALCLUSTER_CONNECTION", ROOT / ".localcluster/connection.json"))
BASE = "python:3.11-slim"

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not CONNECTION.exists(), reason=f"the embedded cluster is not up: no {CONNECTION}"),
    pytest.mark.skipif(
        shutil.which("buildctl") is None, reason="buildctl is not on PATH: see localcluster env"
    ),
]


class Build:
    """One build: `steps` maps what was run to whether it came from the cache, `archive` is /valohai."""

    def __init__(
        self,
        repository: Path,
        directory: Path,
        dockerfile: Dockerfile,
        before: str = "",
        after: str = "",
        options: Sequence[str] = (),
    ) -> None:
        """Build; `before` are stages that the Dockerfile may take as its base, `after` are further steps.

        `options` are for buildctl.
        """
        directory.mkdir(exist_ok=True)
        self.archive = directory / "image.tar"
        files = directory / "files"
        files.mkdir(exist_ok=True)
        (files / "model.npz").write_text("the right model")
        text = f"{before}{render_dockerfile(dockerfile)}{after}\nFROM scratch\nCOPY --from=image /valohai /\n"
        image = f"FROM {dockerfile.base}"
        (directory / "Dockerfile").write_text(text.replace(f"{image}\nUSER", f"{image} AS image\nUSER"))
        connection = json.loads(CONNECTION.read_text())
        authority = connection["buildCertificateAuthority"]
        contexts = {"serving": SERVING, "files": files}
        result = subprocess.run(
            [
                *("buildctl", "--addr", connection["builder"]["socket"], "build", "--frontend=dockerfile.v0"),
                *(
                    "--local",
                    f"context={repository}",
                    "--local",
                    f"dockerfile={directory}",
                    "--progress=plain",
                ),
                *(f"--opt=context:{name}=local:{name}" for name in contexts),
                *(f"--local={name}={path}" for name, path in contexts.items()),
                *([f"--secret=id=ca,src={authority}"] if authority else []),
                *options,
                f"--output=type=tar,dest={self.archive}",
            ],
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.succeeded = result.returncode == 0
        self.output = result.stderr
        names = dict(re.findall(r"^#(\d+) \[image +\d+/\d+\] (.*)$", self.output, re.MULTILINE))
        cached = set(re.findall(r"^#(\d+) CACHED$", self.output, re.MULTILINE))
        self.steps = {name: number in cached for number, name in names.items()}

    def step(self, part: str) -> str:
        """Return the one step whose text holds `part`."""
        names: list[str] = [name for name in self.steps if part in name]
        assert len(names) == 1, (part, self.output)
        return names[0]

    def members(self) -> dict[str, tarfile.TarInfo]:
        """Return what is below /valohai in the image, by path."""
        with tarfile.open(self.archive) as archive:
            return {member.name.rstrip("/").removeprefix("./"): member for member in archive}

    def text(self, path: str) -> str:
        """Return the content of a file below /valohai."""
        with tarfile.open(self.archive) as archive:
            content = archive.extractfile(path)
            assert content is not None
            return content.read().decode()


MakeBuild = Callable[..., Build]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "app.py").write_text("first = 1\n")
    (directory / "model.npz").write_text("the repository's model")
    (directory / "requirements.txt").write_text("itsdangerous==2.2.0\n")
    return directory


@pytest.fixture
def build(project: Path, tmp_path: Path) -> MakeBuild:
    def run(base: str = BASE, wsgi: bool = True, before: str = "") -> Build:
        dockerfile = Dockerfile(base, wsgi, find_requirements(project), files=True)
        return Build(project, tmp_path / "build", dockerfile, before)

    return run


def packages(built: Build) -> set[str]:
    return {
        match[1]
        for path in built.members()
        if (match := re.search(r"site-packages/([^/]+)\.dist-info$", path))
    }


def test_an_image_holds_packages_code_models_and_serving_code_and_no_more(build: MakeBuild) -> None:
    built = build()
    assert built.succeeded, built.output
    members = built.members()
    assert {"gunicorn-27.0.1", "itsdangerous-2.2.0"} <= packages(built)
    assert built.text("repository/model.npz") == "the right model"
    assert (
        built.text("serving/valohai_serving/launcher.py")
        == (SERVING / "valohai_serving/launcher.py").read_text()
    )
    assert {path.split("/")[0] for path in members if path not in ("", ".")} == {
        "home",
        "repository",
        "serving",
    }
    for path in (
        "home",
        "home/.local/bin/gunicorn",
        "repository",
        "repository/app.py",
        "repository/model.npz",
    ):
        assert (members[path].uid, members[path].gid) == (10001, 10001), path
    assert not [path for path in members if path.startswith("serving/") and members[path].uid == 10001]


def test_a_change_of_the_code_runs_no_pip(build: MakeBuild, project: Path) -> None:
    build()
    (project / "app.py").write_text("second = 2\n")
    built = build()
    assert built.text("repository/app.py") == "second = 2\n"
    assert built.steps[built.step("-r requirements.txt")]
    assert built.steps[built.step("--unless gunicorn")]
    assert not built.steps[built.step("COPY --chown=10001:10001 . .")]


def test_the_projects_own_gunicorn_is_kept(build: MakeBuild, project: Path) -> None:
    (project / "requirements.txt").write_text("gunicorn==23.0.0\n")
    built = build()
    assert built.succeeded, built.output
    assert "gunicorn-23.0.0" in packages(built)
    assert "gunicorn-27.0.1" not in packages(built)


def test_requirements_can_name_a_package_of_the_repository(build: MakeBuild, project: Path) -> None:
    package = project / "package"
    package.mkdir()
    (package / "setup.py").write_text("from setuptools import setup\nsetup(name='own', version='1.0')\n")
    (project / "requirements.txt").write_text("-r more.txt\n")
    (project / "more.txt").write_text("./package\n")
    built = build(wsgi=False)
    assert built.succeeded, built.output
    assert "own-1.0" in packages(built)


def test_packages_go_into_the_virtual_environment_of_the_base_image(build: MakeBuild, project: Path) -> None:
    (project / "requirements.txt").write_text("itsdangerous==2.2.0\nsetuptools==80.9.0\n")
    environment = "RUN python3 -m venv /valohai/venv\nENV PATH=/valohai/venv/bin:$PATH PYTHONNOUSERSITE=1\n"
    built = build(base="virtual", before=f"FROM {BASE} AS virtual\n{environment}")
    assert built.succeeded, built.output
    # The environment's own setuptools, which belongs to root, is replaced.
    assert {"gunicorn-27.0.1", "itsdangerous-2.2.0", "setuptools-80.9.0"} <= packages(built)
    assert len([name for name in packages(built) if name.startswith("setuptools-")]) == 1
    members = built.members()
    assert not [path for path in members if path.startswith("home/.local/lib")]
    assert (members["venv/bin/gunicorn"].uid, members["venv/pyvenv.cfg"].uid) == (10001, 0)


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        ("/usr/bin/python* /usr/local/bin/python*", "The image has no Python to install requirements for."),
        (
            "/usr/lib/python3/dist-packages/pip /usr/local/lib/python3*/site-packages/pip",
            "has no pip to install",
        ),
    ],
)
def test_a_base_image_that_cannot_install_requirements_is_told_so(
    build: MakeBuild, removed: str, message: str
) -> None:
    built = build(base="lacking", before=f"FROM {BASE} AS lacking\nRUN rm -rf {removed}\n")
    assert not built.succeeded
    assert message in built.output


def test_a_base_image_without_python_can_run_a_server_command(build: MakeBuild, project: Path) -> None:
    (project / "requirements.txt").unlink()
    before = f"FROM {BASE} AS lacking\nRUN rm -rf /usr/bin/python* /usr/local/bin/python*\n"
    built = build(base="lacking", wsgi=False, before=before)
    assert built.succeeded, built.output
    assert "serving/server-command.sh" in built.members()
