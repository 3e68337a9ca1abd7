"""A team's stack on a managed cluster: from the managing program's outputs to what the team's declares."""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from tests.program.conftest import Configure
from tests.program.managed.conftest import Manage
from tests.program.recording import TOKEN, Recording

CLUSTER = {"kind": "managed", "stack": "organization/managed/prod", "team": "fraud"}
REPOSITORY = {"repository": "registry.acme.example/ml/fraud"}


@pytest.fixture
def outputs(manage: Manage) -> dict[str, dict[str, Any]]:
    return {"organization/managed/prod": manage().outputs}


@pytest.fixture
def team(declare: Configure, outputs: dict[str, dict[str, Any]]) -> Configure:
    """Run the team's program; its stack file is that of a cluster of its own but for `cluster`."""

    def run(**changes: Any) -> Recording:
        return declare(other_stacks=outputs, **({"cluster": CLUSTER, "registry": REPOSITORY} | changes))

    return run


def without_image(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the digest, which here follows from the credentials for pushing, too."""
    return json.loads(re.sub(r"@sha256:[0-9a-f]{64}", "", json.dumps(inputs)))  # type: ignore[no-any-return]


def test_a_stack_file_moves_to_a_managed_cluster_by_changing_cluster_alone(
    declare: Configure, team: Configure
) -> None:
    before = declare(registry=REPOSITORY)
    after = team()
    brought = {"kubernetes:core/v1:Namespace", "kubernetes:core/v1:ServiceAccount"}
    assert not [found for found in after.resources if found.type in brought]
    moved = {(found.path, found.name): without_image(found.inputs) for found in after.resources}
    kept = [
        found
        for found in before.resources
        if found.type.startswith("kubernetes:") and found.type not in brought
    ]
    assert len(kept) > 6
    for found in kept:
        assert moved[found.path, found.name] == without_image(found.inputs)
    assert {address: summary["url"] for address, summary in after.outputs["endpoints"].items()} == {
        address: summary["url"] for address, summary in before.outputs["endpoints"].items()
    }


def test_registry_and_routing_come_from_the_cluster_where_the_file_has_none(team: Configure) -> None:
    recording = team(registry=None, routing=None)
    for image in recording.of_type("docker-build:index:Image"):
        assert image.inputs["tags"][0].startswith("registry.acme.example/ml/fraud/acme/digits/production/")
        (login,) = rpc.unwrap_rpc_secret(image.inputs["registries"])
        assert login["password"] == "registry-password"
    for ingress in recording.of_type("kubernetes:networking.k8s.io/v1:Ingress"):
        assert ingress.inputs["spec"]["ingressClassName"] == "traefik"
        assert ingress.inputs["spec"]["rules"][0]["host"] == "models.acme.example"


def test_the_provider_is_the_teams_own_and_known_by_the_api_server(team: Configure) -> None:
    provider = team().only("pulumi:providers:kubernetes")
    assert rpc.is_rpc_secret(provider.inputs["kubeconfig"])
    assert TOKEN["token"] in rpc.unwrap_rpc_secret(provider.inputs["kubeconfig"])
    assert provider.inputs["context"] == "fraud"
    assert provider.inputs["clusterIdentifier"] == "https://kubernetes.acme.example:6443"


def test_going_beyond_a_limit_ends_the_program_before_anything_is_declared(team: Configure) -> None:
    with pytest.raises(pulumi.RunError, match=r"found \"growth.example\"; hosts of the team fraud"):
        team(routing={"kind": "ingress", "host": "growth.example"})


def test_a_pull_secret_of_the_teams_own_is_told_to_have_no_effect(
    team: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        team(registry=REPOSITORY | {"pullSecret": {"kind": "existing", "name": "registry"}})
    assert "endpoints:registry.pullSecret: has no effect on this cluster" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        team(registry=REPOSITORY | {"pullSecret": {"kind": "none"}})
    assert "pullSecret" not in caplog.text
