"""How the cluster's nodes get at images."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from tests.program.conftest import Configure
from tests.program.recording import Recording

SECRET = "kubernetes:core/v1:Secret"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
WORKLOAD = "kubernetes:apps/v1:Deployment"
PASSWORD = "s73577357"
PUSHES = {"repository": "registry.acme.example/ml", "username": "robot", "password": PASSWORD}


def entry(username: str, password: str) -> dict[str, str]:
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"username": username, "password": password, "auth": auth}


def auths(recording: Recording) -> Any:
    secret = recording.only(SECRET)
    assert secret.inputs["type"] == "kubernetes.io/dockerconfigjson"
    assert secret.inputs["metadata"]["namespace"] == "acme-digits-production"
    data = secret.inputs["stringData"]
    assert rpc.is_rpc_secret(data)
    return json.loads(rpc.unwrap_rpc_secret(data)[".dockerconfigjson"])["auths"]


def test_what_pushes_is_also_what_pulls(declare: Configure) -> None:
    recording = declare(registry=PUSHES)
    assert auths(recording) == {"registry.acme.example": entry("robot", PASSWORD)}


def test_pods_get_the_pull_secret_from_their_account_so_that_a_change_does_not_restart_them(
    declare: Configure,
) -> None:
    recording = declare(registry=PUSHES)
    name = "acme-digits-production.registry"
    assert recording.only(SECRET).name == name
    assert recording.only(ACCOUNT).inputs["imagePullSecrets"] == [{"name": f"{name}-1234abcd"}]
    for workload in recording.of_type(WORKLOAD):
        assert "imagePullSecrets" not in workload.inputs["spec"]["template"]["spec"]


def test_the_password_is_nowhere_else(declare: Configure) -> None:
    recording = declare(registry=PUSHES)
    images = {"docker-build:index:Image"}
    for resource in recording.resources:
        holds = PASSWORD in json.dumps(resource.inputs)
        assert holds == (resource.type in {SECRET} | images), resource.name
    assert PASSWORD not in json.dumps(recording.outputs)


def test_nodes_may_have_credentials_that_only_read(declare: Configure) -> None:
    pulls = {"kind": "credentials", "username": "reader", "password": "only-reads"}
    recording = declare(registry=PUSHES | {"pullSecret": pulls})
    assert auths(recording) == {"registry.acme.example": entry("reader", "only-reads")}


def test_the_machines_docker_login_can_be_the_pull_secret(
    declare: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"registry.acme.example": {"auth": entry("me", "mine")["auth"]}}
    (tmp_path / "config.json").write_text(json.dumps({"auths": known}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    registry = {"repository": "registry.acme.example/ml", "pullSecret": {"kind": "docker-login"}}
    assert auths(declare(registry=registry)) == {"registry.acme.example": entry("me", "mine")}


def test_an_existing_secret_is_named_and_none_is_made(declare: Configure) -> None:
    recording = declare(registry=PUSHES | {"pullSecret": {"kind": "existing", "name": "regcred"}})
    assert recording.only(ACCOUNT).inputs["imagePullSecrets"] == [{"name": "regcred"}]
    assert not recording.of_type(SECRET)


@pytest.mark.parametrize(
    "registry", [{"repository": "registry.acme.example/ml"}, PUSHES | {"pullSecret": {"kind": "none"}}]
)
def test_nodes_that_know_how_to_pull_get_no_secret(declare: Configure, registry: dict[str, Any]) -> None:
    recording = declare(registry=registry)
    assert not recording.of_type(SECRET)
    assert "imagePullSecrets" not in recording.only(ACCOUNT).inputs
