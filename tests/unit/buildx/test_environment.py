"""What a run of Docker Buildx may read: secrets in files of its own, and a login beside the user's."""

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from endpoints.buildx.inputs import BuildxError, prepared
from tests.unit.buildx.images import LOGIN, inputs


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    directory = tmp_path / "docker"
    (directory / "buildx").mkdir(parents=True)
    return directory


def write(docker: Path, **configuration: Any) -> None:
    (docker / "config.json").write_text(json.dumps(configuration))


def test_secrets_are_files_that_only_this_account_reads_and_end_with_the_build() -> None:
    with prepared(inputs(secrets={"pip": "a secret"}), {"HOME": "/nowhere"}) as (directory, _):
        file = directory / "pip"
        assert file.read_text() == "a secret"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert not directory.exists()


def test_without_a_login_the_machines_own_configuration_is_used(docker: Path) -> None:
    with prepared(inputs(), {"DOCKER_CONFIG": str(docker)}) as (_, variables):
        assert variables["DOCKER_CONFIG"] == str(docker)


def test_provenance_does_not_name_the_repository_of_the_copy() -> None:
    with prepared(inputs(), {}) as (_, variables):
        assert variables["BUILDX_GIT_INFO"] == "false"


def test_a_login_comes_beside_the_others_and_before_the_credential_store(docker: Path) -> None:
    write(docker, credsStore="desktop", auths={"other.example": {}}, currentContext="remote")
    with prepared(inputs(login=LOGIN), {"DOCKER_CONFIG": str(docker)}) as (_, variables):
        directory = Path(variables["DOCKER_CONFIG"])
        made = json.loads((directory / "config.json").read_text())
        assert (directory / "buildx").resolve() == docker / "buildx"
    assert set(made["auths"]) == {"other.example", "registry.acme.example"}
    assert base64.b64decode(made["auths"]["registry.acme.example"]["auth"]) == b"robot:s73577357"
    assert made["credHelpers"] == {"registry.acme.example": ""}
    assert (made["credsStore"], made["currentContext"]) == ("desktop", "remote")
    assert "registry.acme.example" not in (docker / "config.json").read_text()


def test_docker_hub_is_named_as_docker_names_it(docker: Path) -> None:
    with prepared(inputs(login={**LOGIN, "address": "docker.io"}), {"DOCKER_CONFIG": str(docker)}) as (
        _,
        variables,
    ):
        made = json.loads(Path(variables["DOCKER_CONFIG"], "config.json").read_text())
    assert set(made["auths"]) == {"https://index.docker.io/v1/"}


@pytest.mark.parametrize(("text", "fault"), [("{", "Expecting"), ("[]", "it is not a JSON object")])
def test_a_damaged_configuration_is_told_with_its_file(docker: Path, text: str, fault: str) -> None:
    (docker / "config.json").write_text(text)
    with (
        pytest.raises(BuildxError, match=rf"{docker}/config\.json cannot be read: {fault}"),
        prepared(inputs(login=LOGIN), {"DOCKER_CONFIG": str(docker)}),
    ):
        pass
