"""Routes of a Gateway are HTTPRoutes, which set the prefix, rewrite for commands, and weigh versions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.program.conftest import Configure
from tests.program.recording import Declared, Recording

ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
PREFIX = "acme/digits/production"
OLD, NEW = "20261101.0", "20261102.0"
ROUTING = {
    "kind": "gateway",
    "gateway": {"name": "public", "namespace": "routers", "listener": "https"},
    "host": "models.acme.example",
    "scheme": "https",
    "requestTimeoutSeconds": 60,
}


@pytest.fixture
def routed(project: Path, declare: Configure) -> Callable[..., Recording]:
    """Declare two versions of a `wsgi` endpoint and a command, and the alias `latest`."""

    def run(latest: str | dict[str, int], routing: dict[str, Any] = ROUTING) -> Recording:
        model = {"files": {"model": {"path": str(project.parent / "model.bin")}}}
        endpoints: dict[str, Any] = {"predict-digit": model, "greet": {}}
        deployment = {
            "project": "digits",
            "name": "production",
            "source": str(project),
            "aliases": {"latest": latest},
            "versions": [{"name": name, "endpoints": endpoints} for name in (OLD, NEW)],
        }
        return declare(routing=routing, deployments=[deployment])

    return run


def route(recording: Recording, name: str) -> Declared:
    (found,) = [found for found in recording.of_type(ROUTE) if found.name == f"{PREFIX}/{name}"]
    return found


def rule(recording: Recording, name: str) -> dict[str, Any]:
    (only,) = route(recording, name).inputs["spec"]["rules"]
    assert isinstance(only, dict)
    return only


def service(recording: Recording, name: str) -> str:
    (found,) = [
        found for found in recording.of_type("kubernetes:core/v1:Service") if found.name == f"{PREFIX}/{name}"
    ]
    return str(found.inputs["metadata"]["name"])


def test_every_route_is_as_in_the_golden_manifest(
    routed: Callable[..., Recording], golden: Callable[[str, object], None]
) -> None:
    recording = routed({OLD: 90, NEW: 10})
    assert not recording.of_type("kubernetes:networking.k8s.io/v1:Ingress")
    golden(
        "gateway",
        {
            "outputs": recording.outputs["aliases"],
            "routes": {
                found.name: {"inputs": dict(found.inputs), "timeouts": found.options["timeouts"]}
                for found in sorted(recording.of_type(ROUTE), key=lambda found: found.name)
            },
        },
    )


def test_every_route_sets_the_prefix_that_it_matches(routed: Callable[..., Recording]) -> None:
    for found in routed({OLD: 90, NEW: 10}).of_type(ROUTE):
        (only,) = found.inputs["spec"]["rules"]
        assert only["matches"] == [{"path": {"type": "PathPrefix", "value": f"/{found.name}"}}]
        header = only["filters"][0]
        assert header["type"] == "RequestHeaderModifier"
        assert header["requestHeaderModifier"]["set"] == [{"name": "X-VH-Prefix", "value": f"/{found.name}"}]


def test_the_engine_waits_until_the_named_gateway_has_taken_the_route(
    routed: Callable[..., Recording],
) -> None:
    for found in routed(OLD).of_type(ROUTE):
        annotation = found.inputs["metadata"]["annotations"]["pulumi.com/waitFor"]
        assert json.loads(annotation) == [
            f'jsonpath={{.status.parents[?(@.parentRef.name=="public")].conditions[?(@.type=="{kind}")].status}}'
            "=True"
            for kind in ("Accepted", "ResolvedRefs")
        ]


def test_only_an_alias_of_a_command_is_rewritten(routed: Callable[..., Recording]) -> None:
    recording = routed(OLD)
    rewritten = {
        found.name.removeprefix(f"{PREFIX}/")
        for found in recording.of_type(ROUTE)
        if "URLRewrite" in repr(found.inputs["spec"])
    }
    assert rewritten == {"latest/greet"}
    (_, rewrite) = rule(recording, "latest/greet")["filters"]
    assert rewrite["urlRewrite"]["path"] == {
        "type": "ReplacePrefixMatch",
        "replacePrefixMatch": f"/{PREFIX}/{OLD}/greet",
    }


def test_versions_that_share_an_alias_are_weighed_and_rewritten_each_for_itself(
    routed: Callable[..., Recording],
) -> None:
    recording = routed({OLD: 90, NEW: 10})

    backends = rule(recording, "latest/greet")["backendRefs"]
    assert [(backend["name"], backend["weight"]) for backend in backends] == [
        (service(recording, f"{OLD}/greet"), 90),
        (service(recording, f"{NEW}/greet"), 10),
    ]
    for backend, version in zip(backends, (OLD, NEW), strict=True):
        (rewrite,) = backend["filters"]
        assert rewrite["urlRewrite"]["path"]["replacePrefixMatch"] == f"/{PREFIX}/{version}/greet"
    assert not any("filters" in backend for backend in rule(recording, "latest/predict-digit")["backendRefs"])


def test_a_shared_alias_waits_for_the_pods_of_all_its_versions(routed: Callable[..., Recording]) -> None:
    waited_for = route(routed({OLD: 90, NEW: 10}), "latest/predict-digit").options["dependencies"]
    for version in (OLD, NEW):
        workload = f"kubernetes:apps/v1:Deployment::{PREFIX}/{version}/predict-digit"
        assert any(urn.endswith(workload) for urn in waited_for)


def test_moving_an_alias_changes_its_routes_alone(routed: Callable[..., Recording]) -> None:
    before, after = (
        {(found.path, found.name): found for found in routed(version).resources} for version in (OLD, NEW)
    )
    changed = {key[1] for key in before if before[key].inputs != after[key].inputs}

    assert before.keys() == after.keys()
    assert changed == {f"{PREFIX}/latest/predict-digit", f"{PREFIX}/latest/greet"}


def test_what_is_not_asked_for_is_left_to_the_gateway(routed: Callable[..., Recording]) -> None:
    bare = {"kind": "gateway", "gateway": {"name": "public", "namespace": "routers"}}
    recording = routed(OLD, bare)
    for found in recording.of_type(ROUTE):
        spec = found.inputs["spec"]
        assert spec.keys() == {"parentRefs", "rules"}
        assert spec["parentRefs"] == [{"name": "public", "namespace": "routers"}]
        assert "timeouts" not in spec["rules"][0]
    for address, summary in recording.outputs["endpoints"].items():
        assert summary["url"] == f"/{address}"
