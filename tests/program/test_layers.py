"""Settings from several places, and what is switched off, in what is declared."""

from pathlib import Path
from typing import Any

from tests.program.conftest import Configure
from tests.program.recording import Recording

WORKLOAD = "kubernetes:apps/v1:Deployment"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
PREFIX = "acme/digits/production"


def deployment(project: Path, **changes: Any) -> dict[str, Any]:
    model = {"path": str(project.parent / "model.bin")}
    return {
        "project": "digits",
        "name": "production",
        "source": str(project),
        "defaults": {"replicas": {"max": 6}},
        "endpoints": {"predict-digit": {"files": {"model": model}}},
        "versions": [
            {"name": "20261101.0"},
            {"name": "20261102.0", "endpoints": {"predict-digit": {"replicas": {"min": 3}}}},
        ],
    } | changes


def names(recording: Recording, token: str) -> list[str]:
    return sorted(found.name.removeprefix(f"{PREFIX}/") for found in recording.of_type(token))


def test_an_autoscaler_has_what_all_places_say_together(project: Path, declare: Configure) -> None:
    recording = declare(deployments=[deployment(project)], defaults={"replicas": {"min": 2, "max": 9}})
    bounds = {
        found.name.removeprefix(f"{PREFIX}/"): (
            found.inputs["spec"]["minReplicas"],
            found.inputs["spec"]["maxReplicas"],
        )
        for found in recording.of_type(AUTOSCALER)
    }
    assert bounds == {
        "20261101.0/greet": (2, 6),
        "20261101.0/predict-digit": (2, 6),
        "20261102.0/predict-digit": (3, 6),
    }


def test_what_is_disabled_is_not_declared_and_the_namespace_stays(project: Path, declare: Configure) -> None:
    some = deployment(project)
    some["versions"][1]["enabled"] = False
    some["endpoints"]["greet"] = {"enabled": False}
    none = deployment(project, versions=[{"name": "20261101.0", "enabled": False}])
    left, empty = declare(deployments=[some]), declare(deployments=[none])

    assert names(left, WORKLOAD) == names(left, "docker-build:index:Image") == ["20261101.0/predict-digit"]
    assert names(empty, WORKLOAD) == names(empty, "docker-build:index:Image") == []
    assert empty.only("kubernetes:core/v1:Namespace").inputs["metadata"]["name"] == "acme-digits-production"
    assert empty.outputs["endpoints"] == {}
