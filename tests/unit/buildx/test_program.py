"""Where Docker Buildx is looked for."""

from pathlib import Path

import pytest

from endpoints.buildx import build as program
from endpoints.buildx.build import find_buildx
from endpoints.buildx.inputs import BuildxError


@pytest.fixture(autouse=True)
def _only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PLUGIN_DIRECTORIES", ())


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_dockers_plugin_comes_before_a_program_on_path(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}
    alone = executable(tmp_path / "bin/buildx")
    assert find_buildx(environment) == alone
    plugin = executable(tmp_path / ".docker/cli-plugins/docker-buildx")
    assert find_buildx(environment) == plugin


def test_plugins_of_another_configuration_directory_are_found(tmp_path: Path) -> None:
    plugin = executable(tmp_path / "elsewhere/cli-plugins/docker-buildx")
    assert find_buildx({"DOCKER_CONFIG": str(tmp_path / "elsewhere"), "PATH": ""}) == plugin


def test_a_machine_without_it_is_told_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(
        BuildxError, match=r"Docker Buildx is not installed .* install it .*, or remove attes"
    ):
        find_buildx({"HOME": str(tmp_path), "PATH": str(tmp_path)})
