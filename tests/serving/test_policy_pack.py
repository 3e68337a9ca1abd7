"""The policy pack as an engine sees it: a server that answers for one resource at a time."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.serving.environments import other_servers

PACK = Path(__file__).parents[2] / "policies"
INGRESS = {"kind": "Ingress", "metadata": {"name": "x"}, "spec": {"rules": [{"host": "models.acme.example"}]}}


@pytest.fixture(scope="module")
def analyzer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start the pack in an environment of its own, as Pulumi does, and connect to it."""
    python = other_servers(PACK / "requirements.txt") / "python"
    log = tmp_path_factory.mktemp("pack") / "errors"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [python, PACK / "__main__.py"],
            cwd=tmp_path_factory.mktemp("elsewhere"),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdecimal(), log.read_text()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def violations(analyzer: Any) -> Callable[..., dict[str, str]]:
    def analyze(stack: str, type_: str, inputs: dict[str, Any]) -> dict[str, str]:
        properties = Struct()
        properties.update(inputs)
        urn = f"urn:pulumi:{stack}::endpoints::{type_}::acme/digits/production/latest/greet"
        request = analyzer_pb2.AnalyzeRequest(
            type=type_, properties=properties, urn=urn, name="acme/digits/production/latest/greet"
        )
        answer = analyzer.Analyze(request, timeout=60)
        return {found.policyName: found.message for found in answer.diagnostics}

    return analyze


def test_the_pack_offers_every_policy_with_its_level(analyzer: Any) -> None:
    from google.protobuf.empty_pb2 import Empty

    info = analyzer.GetAnalyzerInfo(Empty(), timeout=60)
    assert info.name == "endpoints"
    assert [policy.name for policy in info.policies] == [
        "image-digest",
        "resources",
        "unprivileged",
        "tls",
        "replicas",
        "registries",
        "access",
    ]
    levels = [policy.enforcementLevel for policy in info.policies]
    assert set(levels[:-1]) == {analyzer_pb2.EnforcementLevel.MANDATORY}
    assert levels[-1] == analyzer_pb2.EnforcementLevel.ADVISORY


def test_a_violation_names_the_resource_and_the_remedy(violations: Callable[..., dict[str, str]]) -> None:
    found = violations("fraud-prod", "kubernetes:networking.k8s.io/v1:Ingress", INGRESS)
    assert list(found) == ["tls"]
    assert (
        "acme/digits/production/latest/greet answers on models.acme.example without TLS; "
        "set tls of endpoints:routing" in found["tls"]
    )


def test_what_is_no_production_stack_may_do_without_tls(violations: Callable[..., dict[str, str]]) -> None:
    assert violations("fraud-dev", "kubernetes:networking.k8s.io/v1:Ingress", INGRESS) == {}


def test_pods_are_looked_at_with_every_rule_of_theirs(violations: Callable[..., dict[str, str]]) -> None:
    spec = {"hostNetwork": True, "containers": [{"name": "endpoint", "image": "python:3.11"}]}
    workload = {"kind": "Deployment", "spec": {"replicas": 1, "template": {"spec": spec}}}
    found = violations("fraud-prod", "kubernetes:apps/v1:Deployment", workload)
    assert set(found) == {"image-digest", "resources", "unprivileged", "replicas", "access"}


def test_resources_of_other_providers_are_none_of_its_business(
    violations: Callable[..., dict[str, str]],
) -> None:
    assert violations("fraud-prod", "docker-build:index:Image", INGRESS) == {}
