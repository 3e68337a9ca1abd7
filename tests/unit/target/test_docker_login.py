import base64
import json
from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.image.docker_login import docker_login

AUTH = base64.b64encode(b"me:pass:word").decode()


def configure(directory: Path, **configuration: object) -> dict[str, str]:
    (directory / "config.json").write_text(json.dumps(configuration))
    return {"DOCKER_CONFIG": str(directory), "PATH": f"{directory}:/usr/bin:/bin"}


def helper(directory: Path, name: str, script: str) -> None:
    path = directory / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_login_that_docker_keeps_itself_is_found(tmp_path: Path) -> None:
    environment = configure(tmp_path, auths={"registry.acme.example:5000": {"auth": AUTH}})
    found = docker_login("registry.acme.example:5000", environment)
    assert (found.username, found.password.get_secret_value()) == ("me", "pass:word")


def test_docker_hub_goes_by_the_name_that_docker_gives_it(tmp_path: Path) -> None:
    environment = configure(tmp_path, auths={"https://index.docker.io/v1/": {"auth": AUTH}})
    assert docker_login("docker.io", environment).username == "me"


@pytest.mark.parametrize("name", ["https://registry.acme.example", "http://registry.acme.example/v1/"])
def test_a_login_that_an_older_docker_has_kept_by_its_url_is_found(tmp_path: Path, name: str) -> None:
    environment = configure(tmp_path, auths={name: {"auth": AUTH}})
    assert docker_login("registry.acme.example", environment).username == "me"
    with pytest.raises(ProjectError, match="not logged in to acme"):
        docker_login("acme.example", environment)


@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_a_credential_helper_is_asked_for_the_registry(tmp_path: Path, key: str) -> None:
    helper(tmp_path, "keys", 'read server; printf \'{"Username": "me", "Secret": "of %s"}\' "$server"')
    chosen = "keys" if key == "credsStore" else {"registry.acme.example": "keys"}
    environment = configure(tmp_path, auths={}, **{key: chosen})
    found = docker_login("registry.acme.example", environment)
    assert (found.username, found.password.get_secret_value()) == ("me", "of registry.acme.example")


def test_a_helper_that_is_not_installed_is_named(tmp_path: Path) -> None:
    environment = configure(tmp_path, credsStore="absent")
    with pytest.raises(ProjectError, match=r"docker-credential-absent.* is not on PATH; install it"):
        docker_login("registry.acme.example", environment)


def test_a_machine_without_login_is_told_how_to_log_in(tmp_path: Path) -> None:
    helper(tmp_path, "empty", "echo credentials not found; exit 1")
    for environment in (
        {"HOME": str(tmp_path / "nobody")},
        configure(tmp_path, auths={"registry.acme.example": {}}),
        configure(tmp_path, credsStore="empty"),
    ):
        with pytest.raises(
            ProjectError, match=r"not logged in to registry\.acme\.example; run: docker login"
        ):
            docker_login("registry.acme.example", environment)


def test_a_configuration_that_is_no_object_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ProjectError, match=r"config\.json cannot be read: it is not a JSON object"):
        docker_login("registry.acme.example", {"DOCKER_CONFIG": str(tmp_path)})


def test_a_helper_whose_answer_is_no_object_knows_no_login(tmp_path: Path) -> None:
    helper(tmp_path, "keys", "echo '[]'")
    environment = configure(tmp_path, credsStore="keys")
    with pytest.raises(ProjectError, match="docker login registry"):
        docker_login("registry.acme.example", environment)


def test_a_damaged_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ProjectError, match=r"the docker login in .*config\.json cannot be read"):
        docker_login("registry.acme.example", {"DOCKER_CONFIG": str(tmp_path)})
