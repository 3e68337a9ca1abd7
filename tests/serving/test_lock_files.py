"""Lock files of real package managers: what they write is installed by a real build."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.image.dockerfile import REPOSITORY_DIRECTORY, Dockerfile, requirement_files
from endpoints.image.exported_requirements import ExportedRequirements, export_requirements
from endpoints.source import stage_texts
from tests.serving.environments import other_servers
from tests.serving.test_image_builds import BASE, Build, packages, pytestmark  # noqa: F401 - marks this module, too

FIXTURES = Path(__file__).parents[1] / "fixtures/lock-files"
MANAGERS = Path(__file__).with_name("package-managers-requirements.txt")

Export = Callable[[str, str], ExportedRequirements]


@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch) -> Export:
    monkeypatch.setenv("PATH", str(other_servers(MANAGERS)), prepend=os.pathsep)
    return lambda manager, file: export_requirements(FIXTURES / manager, file, REPOSITORY_DIRECTORY)


@pytest.mark.parametrize(
    ("manager", "file", "local", "expected"),
    [
        ("uv", "uv.lock", ".\n./own\n", {"itsdangerous-2.2.0", "own-1.0", "svc-1.0"}),
        (
            "poetry",
            "poetry.lock",
            'own @ file:///valohai/repository/own ; python_version >= "3.9" and python_version < "4.0"\n',
            {"itsdangerous-2.2.0", "own-1.0"},
        ),
        ("pipenv", "Pipfile.lock", "", {"itsdangerous-2.2.0"}),
    ],
)
def test_an_image_has_what_the_lock_file_has_for_production(
    export: Export, tmp_path: Path, manager: str, file: str, local: str, expected: set[str]
) -> None:
    exported = export(manager, file)
    assert exported.packages.startswith("itsdangerous==2.2.0")
    assert "--hash=sha256:c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700" in exported.packages
    assert "iniconfig" not in exported.packages  # is for development
    assert (exported.repositories, exported.local) == ("", local)

    directory = stage_texts(requirement_files(exported), "requirements", tmp_path)
    options = ("--opt=context:requirements=local:requirements", f"--local=requirements={directory}")
    built = Build(FIXTURES / manager, tmp_path / "build", Dockerfile(BASE, False, exported), options=options)
    assert built.succeeded, built.output
    assert packages(built) == expected
    assert not [path for path in built.members() if path.startswith("requirements")]
