"""A real build from one directory, as a Docker daemon makes it; nothing is pushed."""

import json
import subprocess
import tarfile
from pathlib import Path

from endpoints.image.dockerfile import (
    FILES_CONTEXT,
    REPOSITORY_CONTEXT,
    SERVING_CONTEXT,
    Dockerfile,
    render_dockerfile,
)
from endpoints.image.requirements import find_requirements
from endpoints.source import materialize_package, stage_single_context
from tests.serving.processes import SERVING
from tests.serving.test_image_builds import BASE, CONNECTION, pytestmark  # noqa: F401 - marks this module, too


def test_one_directory_with_everything_gives_the_whole_image(tmp_path: Path) -> None:
    project, models = tmp_path / "project", tmp_path / "models"
    project.mkdir()
    models.mkdir()
    for name, text in {
        "app.py": "first = 1\n",
        "requirements.txt": "itsdangerous==2.2.0\n",
        ".dockerignore": "notes.txt\n",
        "notes.txt": "ignored",
    }.items():
        (project / name).write_text(text)
    (models / "model.npz").write_text("the model")
    parts = {
        REPOSITORY_CONTEXT: project,
        SERVING_CONTEXT: materialize_package(SERVING, tmp_path),
        FILES_CONTEXT: models,
    }
    dockerfile = Dockerfile(BASE, True, find_requirements(project), files=True, single_context=True)
    context = stage_single_context(parts, REPOSITORY_CONTEXT, render_dockerfile(dockerfile), tmp_path)
    connection = json.loads(CONNECTION.read_text())
    authority = connection["buildCertificateAuthority"]
    archive = tmp_path / "image.tar"
    built = subprocess.run(
        [
            *("buildctl", "--addr", connection["builder"]["socket"], "build", "--frontend=dockerfile.v0"),
            *("--local", f"context={context}", "--local", f"dockerfile={context}"),
            *([f"--secret=id=ca,src={authority}"] if authority else []),
            f"--output=type=tar,dest={archive}",
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    with tarfile.open(archive) as image:
        files = {member.name: member for member in image if member.name.startswith("valohai/")}
    for path in (
        "repository/app.py",
        "repository/model.npz",
        "serving/start.sh",
        "home/.local/bin/gunicorn",
    ):
        assert f"valohai/{path}" in files
    assert "valohai/repository/notes.txt" not in files
    assert not [path for path in files if path.startswith("valohai/repository/repository")]
    assert files["valohai/repository/app.py"].uid == 10001
