"""Who builds images, and what the three kinds of builder are told."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.errors import RunError
from pulumi.runtime import rpc

from tests.program.conftest import Configure
from tests.program.recording import Declared, Recording

IMAGE = "docker-build:index:Image"
ATTESTED_IMAGE = "buildx:index:Image"
DOCKER_IMAGE = "docker:index/image:Image"
WORKLOAD = "kubernetes:apps/v1:Deployment"
PASSWORD = "s73577357"
DIGEST = "@sha256:" + "1" * 64


def container(recording: Recording, endpoint: str) -> dict[str, Any]:
    (workload,) = [found for found in recording.of_type(WORKLOAD) if found.name.endswith(f"/{endpoint}")]
    (found,) = workload.inputs["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def of(recording: Recording, endpoint: str, token: str = IMAGE) -> Declared:
    (found,) = [found for found in recording.of_type(token) if found.name.endswith(f"/{endpoint}")]
    return found


def unwrapped(value: Any) -> Any:
    return rpc.unwrap_rpc_secret(value) if rpc.is_rpc_secret(value) else value


@pytest.fixture
def deployments(project: Path) -> list[dict[str, Any]]:
    endpoints = {
        "predict-digit": {"files": {"model": {"path": str(project.parent / "model.bin")}}},
        "greet": {},
    }
    versions = [{"name": "20261101.0", "endpoints": endpoints}]
    return [{"project": "digits", "name": "production", "source": str(project), "versions": versions}]


def test_a_package_index_reaches_the_build_as_a_secret_and_nothing_else(declare: Configure) -> None:
    recording = declare(
        builder={
            "index": {
                "url": "https://pypi.acme.example/simple",
                "extraUrls": ["https://pypi.acme.example/more", "https://other.example/simple"],
                "username": "robot",
                "password": {"secret": "pypi"},
            }
        },
        secrets={"pypi": f"{PASSWORD}/@"},
    )
    secrets = unwrapped(of(recording, "greet").inputs["secrets"])
    assert unwrapped(secrets["pip"]) == (
        "[global]\n"
        f"index-url = https://robot:{PASSWORD}%2F%40@pypi.acme.example/simple\n"
        "extra-index-url =\n"
        f"    https://robot:{PASSWORD}%2F%40@pypi.acme.example/more\n"
        "    https://other.example/simple\n"
    )
    assert rpc.is_rpc_secret(of(recording, "greet").inputs["secrets"]) or rpc.is_rpc_secret(secrets["pip"])
    for resource in recording.resources:
        others = {key: value for key, value in resource.inputs.items() if key != "secrets"}
        assert PASSWORD not in json.dumps(others)
    assert of(recording, "greet").inputs["ignoreSecretsInDiffCalculation"] == ["pip"]


@pytest.mark.parametrize("attestations", [None, {}])
def test_build_secrets_reach_the_build_as_secrets_and_nothing_else(
    declare: Configure, attestations: dict[str, Any] | None
) -> None:
    recording = declare(
        builder={"attestations": attestations},
        secrets={"git": PASSWORD},
        defaults={"buildSecrets": {"GIT_TOKEN": {"secret": "git"}}},
    )
    image = of(recording, "greet", IMAGE if attestations is None else ATTESTED_IMAGE)
    secrets = unwrapped(image.inputs["secrets"])
    assert unwrapped(secrets["variable-GIT_TOKEN"]) == PASSWORD
    assert rpc.is_rpc_secret(image.inputs["secrets"]) or rpc.is_rpc_secret(secrets["variable-GIT_TOKEN"])
    for resource in recording.resources:
        others = {key: value for key, value in resource.inputs.items() if key != "secrets"}
        assert PASSWORD not in json.dumps(others)
    if attestations is None:
        assert image.inputs["ignoreSecretsInDiffCalculation"] == ["variable-GIT_TOKEN"]


@pytest.mark.parametrize("attestations", [None, {}])
def test_the_ssh_agent_is_offered_to_builds_with_the_hosts_that_are_known(
    declare: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attestations: dict[str, Any] | None
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    (tmp_path / "hosts").write_text("git.acme.example ssh-ed25519 AAAA")
    builder = {"ssh": {"knownHosts": str(tmp_path / "hosts")}, "attestations": attestations}
    image = of(declare(builder=builder), "greet", IMAGE if attestations is None else ATTESTED_IMAGE)
    assert image.inputs["ssh"] == ([{"id": "default"}] if attestations is None else True)
    secrets = unwrapped(image.inputs["secrets"])
    assert unwrapped(secrets["known_hosts"]) == "git.acme.example ssh-ed25519 AAAA"
    text = image.inputs["dockerfile"]
    text = text if isinstance(text, str) else text["inline"]
    assert "--mount=type=ssh,uid=10001,gid=10001" in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("", "builder.ssh: needs an SSH agent on this machine, and SSH_AUTH_SOCK is not set; run ssh-agent"),
        ("/run/agent", "builder.ssh.knownHosts: the file absent cannot be read: No such file or directory"),
    ],
)
def test_what_ssh_lacks_on_this_machine_is_told(
    declare: Configure, monkeypatch: pytest.MonkeyPatch, agent: str, expected: str
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    with pytest.raises(RunError) as caught:
        declare(builder={"ssh": {"knownHosts": "absent"}})
    assert expected in str(caught.value)


def test_platforms_and_cache_are_the_builders(declare: Configure) -> None:
    builder = {"platforms": ["linux/arm64"], "cache": {"repository": "registry.acme.example/cache"}}
    inputs = of(declare(builder=builder), "greet").inputs
    assert inputs["platforms"] == ["linux/arm64"]
    reference = "registry.acme.example/cache/acme/digits/production/greet:cache"
    assert inputs["cacheFrom"] == [{"registry": {"ref": reference}}]
    (cache,) = inputs["cacheTo"]
    assert (cache["registry"]["ref"], cache["registry"]["mode"]) == (reference, "max")
    assert cache["registry"]["ignoreError"] is True


def test_with_attestations_buildx_builds_from_the_same_and_pods_run_the_pushed_digest(
    declare: Configure, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("the certificates")
    builder = {
        "name": "ci",
        "platforms": ["linux/arm64"],
        "certificateAuthority": str(tmp_path / "ca.pem"),
    }
    registry = {"repository": "registry.acme.example/ml", "username": "robot", "password": PASSWORD}
    attestations = {"generator": "mirror.acme.example/syft:1", "provenance": "max"}
    without = of(declare(builder=builder, registry=registry), "greet").inputs
    recording = declare(builder={**builder, "attestations": attestations}, registry=registry)
    attested = of(recording, "greet", ATTESTED_IMAGE).inputs

    assert recording.of_type(IMAGE) == []
    assert attested["attestations"] == {
        "sbom": True,
        "generator": "mirror.acme.example/syft:1",
        "provenance": "max",
    }
    assert without["tags"] == [f"{attested['repository']}:{attested['tag']}"]
    assert without["dockerfile"] == {"inline": attested["dockerfile"]}
    named = {key: context["location"] for key, context in without["context"]["named"].items()}
    assert (without["context"]["location"], named) == (attested["context"], attested["namedContexts"])
    assert (attested["builder"], attested["platforms"]) == ("ci", ["linux/arm64"])
    assert {key: unwrapped(text) for key, text in unwrapped(attested["secrets"]).items()} == {
        key: unwrapped(text) for key, text in unwrapped(without["secrets"]).items()
    }
    assert rpc.is_rpc_secret(attested["login"]) or rpc.is_rpc_secret(attested["login"]["password"])
    reference = "registry.acme.example/ml/acme/digits/production/greet:20261101.0@sha256:"
    assert container(recording, "greet")["image"].startswith(reference)


def test_docker_builds_from_one_directory_and_pods_run_the_pushed_digest(declare: Configure) -> None:
    registry = {"repository": "registry.acme.example/ml", "username": "robot", "password": PASSWORD}
    recording = declare(builder={"kind": "docker", "platform": "linux/amd64"}, registry=registry)
    image = of(recording, "predict-digit", DOCKER_IMAGE)
    name = "registry.acme.example/ml/acme/digits/production/predict-digit"
    assert image.inputs["imageName"] == f"{name}:20261101.0"
    assert image.inputs["buildOnPreview"] is False
    assert image.options["retain_on_delete"] is True
    build = image.inputs["build"]
    assert build["dockerfile"] == f"{build['context']}/Dockerfile"
    assert (build["platform"], build["builderVersion"]) == ("linux/amd64", "BuilderBuildKit")
    login = unwrapped(image.inputs["registry"])
    assert (login["server"], unwrapped(login["password"])) == ("registry.acme.example", PASSWORD)
    assert rpc.is_rpc_secret(image.inputs["registry"]) or rpc.is_rpc_secret(login["password"])
    assert container(recording, "predict-digit")["image"].startswith(f"{name}@sha256:")
    assert not recording.of_type(IMAGE)


def test_without_a_builder_pods_run_the_images_of_valohai_yaml(
    declare: Configure, deployments: list[dict[str, Any]]
) -> None:
    deployments[0]["versions"][0]["endpoints"] = {"greet": {}}
    recording = declare(builder={"kind": "none"}, deployments=deployments)
    assert container(recording, "greet")["image"] == "python:3.9"
    assert not recording.of_type(IMAGE)
    assert not recording.of_type(DOCKER_IMAGE)


def test_one_endpoint_may_run_a_ready_image_while_others_are_built(
    declare: Configure, deployments: list[dict[str, Any]]
) -> None:
    deployments[0]["versions"][0]["endpoints"]["greet"] = {"image": f"registry.acme.example/greet{DIGEST}"}
    recording = declare(deployments=deployments)
    assert container(recording, "greet")["image"] == f"registry.acme.example/greet{DIGEST}"
    assert [found.name.rpartition("/")[2] for found in recording.of_type(IMAGE)] == ["predict-digit"]
    address = "acme/digits/production/20261101.0/greet"
    assert recording.outputs["endpoints"][address]["image"] == f"registry.acme.example/greet{DIGEST}"


def test_a_server_command_of_a_ready_image_needs_nothing_of_ours_in_it(
    declare: Configure, deployments: list[dict[str, Any]]
) -> None:
    deployments[0]["versions"][0]["endpoints"]["greet"] = {"image": f"registry.acme.example/greet{DIGEST}"}
    shell, option, script, *rest = container(declare(deployments=deployments), "greet")["command"]
    assert (shell, option, rest[0]) == ("/bin/sh", "-c", "server-command")
    assert "/valohai" not in script
    assert "trap" in script
