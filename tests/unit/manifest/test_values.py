import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from valohai_yaml.schema_data import SCHEMATA

from endpoints.manifest import (
    Bounds,
    Endpoint,
    File,
    Manifest,
    Resources,
    ServerCommand,
    SharedVolume,
    Toleration,
    WorkspaceVolume,
    Wsgi,
    load_manifest,
)
from tests.unit.manifest.conftest import BASE, Load


def only_endpoint(manifest: Manifest) -> Endpoint:
    (endpoint,) = manifest.endpoints
    return endpoint


def test_every_key_of_an_endpoint_arrives_typed(projects: Path) -> None:
    endpoint = load_manifest(projects / "every-key/valohai.yaml").endpoint("score-loans")

    assert endpoint is not None
    assert endpoint.description == "Scores loan applications"
    assert endpoint.image == "registry.acme.example/ml/python:3.11"
    assert endpoint.server == Wsgi("loans.service", "application")
    assert endpoint.port == 9000
    assert endpoint.files == (
        File("model", "models/loans.json", "Boosted trees", line=9),
        File("scaler", "models/scaler.npz", None, line=12),
    )
    assert endpoint.resources == Resources(
        cpu=Bounds(Decimal("0.25"), Decimal(2)),
        memory=Bounds(Decimal(256), Decimal(1024)),
        ephemeral_storage=Bounds(Decimal(100), Decimal(500)),
        devices={"nvidia.com/gpu": 1},
    )
    assert endpoint.node_selector == {"accelerator": "t4", "example.com/pool": "models"}
    assert endpoint.tolerations == (
        Toleration("example.com/gpu", "Equal", "yes", "NoSchedule"),
        Toleration(None, "Exists", None, None),
    )
    assert endpoint.shared_volumes == (SharedVolume("embeddings", "/embeddings", "v2/en", read_only=True),)
    assert endpoint.workspace_volume == WorkspaceVolume("/scratch", 5, "fast-ssd")


def test_an_endpoint_and_its_keys_know_their_lines(projects: Path) -> None:
    endpoint = load_manifest(projects / "every-key/valohai.yaml").endpoints[0]

    assert endpoint.line == 2
    assert endpoint.key_lines["name"] == 3
    assert endpoint.key_lines["node-selector"] == 26


def test_the_default_port_is_valohais(load: Callable[[str], Manifest]) -> None:
    assert only_endpoint(load("- endpoint: {name: ab, image: x, wsgi: app}")).port == 8000


def test_a_command_keeps_its_text_and_a_list_its_order(load: Callable[[str], Manifest]) -> None:
    text = load("- endpoint:\n    name: ab\n    image: x\n    server-command: |\n      a && \\\n      b\n")
    listed = load("- endpoint: {name: ab, image: x, server-command: [a, b]}")

    assert only_endpoint(text).server == ServerCommand(("a && \\\nb\n",))
    assert only_endpoint(listed).server == ServerCommand(("a", "b"))


@pytest.mark.parametrize(
    "text",
    [
        "wsgi: app",
        "wsgi: package.module:application",
        "wsgi: app\n    port: 65535\n    resources: {}\n    files: []\n    description: ''",
        "wsgi: app\n    resources: {cpu: {}, memory: {max: 64}, devices: {}}",
        "wsgi: app\n    tolerations: [{key: a}, {operator: Exists}, {key: a, effect: NoExecute}]",
        "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /w}, {pvc-name: a, mount-path: /w2}]",
        "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /valohai/repository/models}]",
        "wsgi: app\n    workspace-volume: {mount-path: /valohai/home/.cache, size: 1}",
    ],
)
def test_what_kubernetes_accepts_loads(load: Callable[[str], Manifest], text: str) -> None:
    endpoint = only_endpoint(load(f"- endpoint:\n    name: ab\n    image: x\n    {text}\n"))
    assert endpoint.name == "ab"


@pytest.mark.parametrize(
    "image",
    [
        "python:3.11",
        "tensorflow/tensorflow:1.13.1-py3",
        "localhost:5000/a/b__c:latest",
        "ghcr.io/astral-sh/uv@sha256:" + "0" * 64,
        "[::1]:5000/app",
    ],
)
def test_image_references_of_every_form_load(load: Callable[[str], Manifest], image: str) -> None:
    assert only_endpoint(load(f"- endpoint: {{name: ab, image: '{image}', wsgi: app}}")).image == image


def test_only_the_endpoints_own_part_of_a_file_can_make_it_fail(projects: Path) -> None:
    manifest = load_manifest(projects / "broken-elsewhere/valohai.yaml")
    assert [endpoint.name for endpoint in manifest.endpoints] == ["greet"]


def test_a_file_without_endpoints_has_none(load: Callable[[str], Manifest]) -> None:
    assert load("- step: {name: train, image: x, command: python train.py}").endpoints == ()


def test_anchors_and_merge_keys_work_and_lines_lead_to_the_endpoint(load: Callable[[str], Manifest]) -> None:
    manifest = load(
        "- endpoint: &base\n    name: one\n    image: x\n    wsgi: app\n"
        "- endpoint:\n    <<: *base\n    name: two\n"
    )

    assert [endpoint.name for endpoint in manifest.endpoints] == ["one", "two"]
    assert [endpoint.image for endpoint in manifest.endpoints] == ["x", "x"]
    assert [endpoint.line for endpoint in manifest.endpoints] == [1, 5]


def test_every_key_of_the_official_schema_is_read() -> None:
    """A newer schema must be looked at here, or its keys would pass in silence."""
    schemas = {name.rpartition("/")[2]: schema for name, schema in SCHEMATA.items()}
    keys = {
        name: set(schemas[name]["properties"])
        for name in ("file-item", "toleration", "endpoint-shared-volume", "endpoint-workspace-volume")
    }
    assert keys == {
        "file-item": {"name", "path", "description"},
        "toleration": {"key", "operator", "value", "effect"},
        "endpoint-shared-volume": {"pvc-name", "mount-path", "sub-path", "read-only"},
        "endpoint-workspace-volume": {"mount-path", "size", "storage-class-name"},
    }
    endpoint = schemas["endpoint"]["properties"]
    read = {field.name for field in dataclasses.fields(Endpoint)} - {
        "line",
        "key_lines",
        "replaced",
        "server",
    }
    assert {key.replace("-", "_") for key in endpoint} == read | {"wsgi", "server_command"}
    resources = {field.name for field in dataclasses.fields(Resources)}
    assert {key.replace("-", "_") for key in endpoint["resources"]["properties"]} == resources


def test_an_unknown_name_is_no_endpoint(load: Callable[[str], Manifest]) -> None:
    assert load("- endpoint: {name: ab, image: x, wsgi: app}").endpoint("cd") is None


def test_a_minimum_may_be_the_maximum(load: Load) -> None:
    endpoint = only_endpoint(load(f"{BASE}    wsgi: app\n    resources: {{cpu: {{min: 1, max: 1}}}}\n"))
    assert endpoint.resources.cpu == Bounds(Decimal(1), Decimal(1))


def test_a_problem_of_a_whole_endpoint_is_called_by_its_name_and_one_of_a_key_by_both(load: Load) -> None:
    manifest = load(f"{BASE}    wsgi: app\n")
    definition = manifest.definition(only_endpoint(manifest))
    assert str(definition.problem("", "is odd")) == "valohai.yaml:1: ab: is odd"
    assert str(definition.problem("image", "is odd")) == "valohai.yaml:3: ab.image: is odd"
    assert str(definition.problem("resources.cpu", "is odd")) == "valohai.yaml:1: ab.resources.cpu: is odd"
