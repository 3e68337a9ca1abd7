"""An alias is a route of its own, which moves between versions."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import Configure
from tests.program.recording import Declared, Recording

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
PREFIX = "acme/digits/production"


@pytest.fixture
def pointing_to(project: Path, declare: Configure) -> Callable[[str], Recording]:
    """Declare two versions and the alias `latest` of one of them."""

    def run(version: str) -> Recording:
        model = {"files": {"model": {"path": str(project.parent / "model.bin")}}}
        versions = [
            {"name": name, "endpoints": {"predict-digit": model}} for name in ("20261101.0", "20261102.0")
        ]
        deployment: dict[str, Any] = {
            "project": "digits",
            "name": "production",
            "source": str(project),
            "aliases": {"latest": version},
            "versions": versions,
        }
        return declare(deployments=[deployment])

    return run


def route(recording: Recording) -> Declared:
    (found,) = [
        found for found in recording.of_type(INGRESS) if found.name == f"{PREFIX}/latest/predict-digit"
    ]
    return found


def test_an_alias_is_a_route_to_its_versions_service(pointing_to: Callable[[str], Recording]) -> None:
    recording = pointing_to("20261101.0")
    (rule,) = route(recording).inputs["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    (service,) = [
        found
        for found in recording.of_type("kubernetes:core/v1:Service")
        if found.name == f"{PREFIX}/20261101.0/predict-digit"
    ]

    assert path["path"] == f"/{PREFIX}/latest/predict-digit"
    assert path["backend"]["service"]["name"] == service.inputs["metadata"]["name"]


def test_a_moved_alias_changes_its_own_route_alone(pointing_to: Callable[[str], Recording]) -> None:
    before, after = (
        {(found.path, found.name): found for found in pointing_to(version).resources}
        for version in ("20261101.0", "20261102.0")
    )
    changed = [key for key in before if before[key].inputs != after[key].inputs]

    assert before.keys() == after.keys()
    assert changed == [(("valohai:index:Deployment", INGRESS), f"{PREFIX}/latest/predict-digit")]
    names = {found[changed[0]].inputs["metadata"]["name"] for found in (before, after)}
    assert names == {"predict-digit-alias-latest"}


def test_an_alias_moves_once_its_endpoint_works(pointing_to: Callable[[str], Recording]) -> None:
    waited_for = route(pointing_to("20261102.0")).options["dependencies"]
    workload = "kubernetes:apps/v1:Deployment::acme/digits/production/20261102.0/predict-digit"
    assert any(urn.endswith(workload) for urn in waited_for)


def test_the_outputs_tell_where_an_alias_answers_and_what_it_stands_for(
    pointing_to: Callable[[str], Recording],
) -> None:
    assert pointing_to("20261102.0").outputs["aliases"] == {
        f"{PREFIX}/latest/predict-digit": {
            "url": f"http://models.acme.example/{PREFIX}/latest/predict-digit",
            "version": "20261102.0",
        }
    }


def test_advice_is_shown_as_a_warning(
    project: Path, declare: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    deployment = {
        "project": "digits",
        "name": "production",
        "source": str(project),
        "aliases": {"latest": "20261101.0"},
        "versions": [{"name": "20261101.0", "endpoints": {"greet": {}}}],
    }
    declare(deployments=[deployment])

    alias, memory = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert "deployments[0].aliases.latest: points to the server-command of greet" in alias
    assert "greet.resources.memory.max: is missing" in memory
