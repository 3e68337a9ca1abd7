"""Values that nobody may read are marked as such all the way to the engine."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from tests.program.conftest import Configure
from tests.program.recording import Declared, Recording

VALUE = "s73577357"
SECRET = "kubernetes:core/v1:Secret"
WORKLOAD = "kubernetes:apps/v1:Deployment"
NAME = "acme-digits-production.greet-20261101-0-9a71a15d"


@pytest.fixture
def recording(project: Path, declare: Configure) -> Recording:
    version = {
        "name": "20261101.0",
        "endpoints": {
            "greet": {"environment": {"API_KEY": {"secret": "key"}, "MODE": "fast"}},
            "predict-digit": {"files": {"model": {"path": str(project.parent / "model.bin")}}},
        },
    }
    deployment = {
        "project": "digits",
        "name": "production",
        "source": str(project),
        "versions": [version],
    }
    return declare(deployments=[deployment], secrets={"key": VALUE})


def environment(recording: Recording, endpoint: str) -> dict[str, dict[str, Any]]:
    (workload,) = [found for found in recording.of_type(WORKLOAD) if found.name.endswith(f"/{endpoint}")]
    (container,) = workload.inputs["spec"]["template"]["spec"]["containers"]
    return {variable["name"]: variable for variable in container["env"]}


def test_an_endpoint_with_secret_variables_has_a_secret_without_a_fixed_name(recording: Recording) -> None:
    secret: Declared = recording.only(SECRET)
    assert secret.name == NAME
    assert secret.inputs["immutable"] is True
    assert secret.inputs["metadata"]["namespace"] == "acme-digits-production"
    assert "name" not in secret.inputs["metadata"]
    assert rpc.is_rpc_secret(secret.inputs["stringData"])
    assert rpc.unwrap_rpc_secret(secret.inputs["stringData"]) == {"API_KEY": VALUE}


def test_pods_refer_to_the_secret_by_the_name_that_it_really_got(recording: Recording) -> None:
    variables = environment(recording, "greet")
    reference = {"secretKeyRef": {"name": f"{NAME}-1234abcd", "key": "API_KEY"}}
    assert variables["API_KEY"] == {"name": "API_KEY", "valueFrom": reference}
    assert variables["MODE"] == {"name": "MODE", "value": "fast"}
    assert "API_KEY" not in environment(recording, "predict-digit")


def test_nothing_but_the_secret_holds_its_value(recording: Recording) -> None:
    for resource in recording.resources:
        assert (VALUE in json.dumps(resource.inputs)) == (resource.type == SECRET), resource.name
    assert VALUE not in json.dumps(recording.outputs)
