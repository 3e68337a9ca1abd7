"""A smoke request stands between an endpoint's pods and route, and the aliases that lead to it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from tests.program.conftest import Configure
from tests.program.recording import Declared, Recording

STASH = "pulumi:index:Stash"
PREFIX = "acme/digits/production"
NAME = f"{PREFIX}/20261101.0/greet"

Requesting = Callable[..., Recording]


@pytest.fixture
def requesting(project: Path, declare: Configure) -> Requesting:
    """Declare an endpoint with an alias and a smoke request; keywords add to the endpoint's settings."""

    def run(request: dict[str, Any] | None = None, **changes: Any) -> Recording:
        endpoint = {"smokeRequest": {"json": {"a": 1}, **(request or {})}, **changes.pop("endpoint", {})}
        deployment = {
            "project": "digits",
            "name": "production",
            "source": str(project),
            "aliases": {"latest": "20261101.0"},
            "versions": [{"name": "20261101.0", "endpoints": {"greet": endpoint}}],
        }
        return declare(deployments=[deployment], **changes)

    return run


def dependencies(resource: Declared) -> set[str]:
    """Return what a resource waits for, as `type::name`."""
    return {
        f"{urn.split('::', 2)[2].partition('::')[0].rpartition('$')[2]}::{urn.split('::', 3)[3]}"
        for urn in resource.options["dependencies"]
    }


def test_it_waits_for_the_pods_and_the_route_and_the_alias_waits_for_it(requesting: Requesting) -> None:
    recording = requesting()
    ingress = "kubernetes:networking.k8s.io/v1:Ingress"
    (alias,) = [found for found in recording.of_type(ingress) if found.name == f"{PREFIX}/latest/greet"]
    stash = recording.only(STASH)

    assert stash.name == f"{NAME}/smoke-request"
    assert stash.path == ("valohai:index:Deployment", "valohai:index:Endpoint", STASH)
    assert {f"kubernetes:apps/v1:Deployment::{NAME}", f"{ingress}::{NAME}"} <= dependencies(stash)
    assert f"{STASH}::{stash.name}" in dependencies(alias)


def test_without_one_nothing_is_declared_for_it(declare: Configure) -> None:
    assert declare().of_type(STASH) == []


def test_it_waits_for_a_certificate_that_the_router_needs(requesting: Requesting) -> None:
    routing = {"kind": "ingress", "host": "models.acme.example", "tls": {"issuer": "letsencrypt"}}
    stash = requesting(routing=routing).only(STASH)
    assert f"kubernetes:cert-manager.io/v1:Certificate::{PREFIX}" in dependencies(stash)
    assert stash.inputs["input"]["request"]["url"] == f"https://models.acme.example/{NAME}"


def test_the_state_tells_what_was_sent_to_what_and_holds_no_body(requesting: Requesting) -> None:
    noted = requesting({"json": None, "text": "a body", "contains": "hello"}).only(STASH).inputs["input"]
    assert noted["request"].pop("settings")
    assert noted["request"] == {
        "url": f"http://models.acme.example/{NAME}",
        "method": "POST",
        "headers": {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "smoke-request"},
        "status": ["200"],
        "contains": "hello",
        "body": f"sha256:{hashlib.sha256(b'a body').hexdigest()}",
        "via": "router",
    }
    assert "@sha256:" in noted["serves"]["image"]


@pytest.mark.parametrize(
    ("request_changes", "endpoint", "is_sent_again"),
    [
        ({}, {}, False),
        ({"timeoutSeconds": 5, "retrySeconds": 5}, {}, False),
        ({}, {"replicas": {"min": 2}, "timeoutSeconds": 900}, False),
        ({"path": "/predict"}, {}, True),
        ({"json": {"a": 2}}, {}, True),
        ({"status": "2xx"}, {}, True),
        ({"via": "pod"}, {}, True),
        ({}, {"environment": {"MODE": "fast"}}, True),
        ({}, {"shutdown": {"preStopSeconds": 10}}, True),
    ],
)
def test_it_is_sent_again_where_another_answer_might_come(
    requesting: Requesting, request_changes: dict[str, Any], endpoint: dict[str, Any], is_sent_again: bool
) -> None:
    before, after = requesting().only(STASH), requesting(request_changes, endpoint=endpoint).only(STASH)
    assert (before.inputs != after.inputs) is is_sent_again


def test_new_code_sends_it_again(requesting: Requesting, project: Path) -> None:
    before = requesting().only(STASH).inputs
    (project / "predict.py").write_text("app = 1\n")
    assert requesting().only(STASH).inputs != before


def test_a_header_from_a_secret_is_a_secret_to_the_engine(requesting: Requesting) -> None:
    value = "s73577357"
    recording = requesting({"headers": {"X-Key": {"secret": "key"}}}, secrets={"key": value})
    held = recording.only(STASH).inputs["input"]
    assert rpc.is_rpc_secret(held)
    assert rpc.unwrap_rpc_secret(held)["request"]["secretHeaders"] == {"X-Key": value}
    for resource in recording.resources:
        assert (value in json.dumps(resource.inputs)) == (resource.type == STASH), resource.name
