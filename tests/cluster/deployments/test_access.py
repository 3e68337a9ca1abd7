"""API keys and tokens: who has none is kept out, and changed keys lose no request."""

import base64
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request, steady_requests
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import NAME
from tests.serving.issuer import AUDIENCE, EC_KEY, LoopbackIssuer, public

pytestmark = pytest.mark.cluster

NAMESPACE = "trial-guarded-production"
KEY, NEXT = "partner-0123456789-s73577357", "partner-next-0123456789-s73577358"
MANIFEST = """
    - endpoint:
        name: guarded
        image: python:3.11-slim
        wsgi: guarded
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["valohai.key"].encode()]
    """


def test_keys_let_in_are_replaced_without_a_failed_request_and_are_shown_nowhere(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("guarded")
    project = write_project(tmp_path / "project", MANIFEST, guarded__py=APPLICATION)

    def configure(**keys: str) -> None:
        access = {"kind": "apiKeys", "keys": {name: {"secret": secret} for name, secret in keys.items()}}
        settings = {"access": access, "smokeRequest": {"contains": next(iter(keys))}}
        stack.configure(
            organization="trial",
            cluster={"kind": "embedded"},
            deployments=[deployment("guarded", project, guarded=settings)],
        )
        for name, value in (("old-key", KEY), ("next-key", NEXT)):
            if name in keys.values():
                stack.set_secret(name, value)

    configure(partner="old-key")
    shown = [stack.up().stdout]
    (summary,) = stack.outputs().values()
    url = str(summary["url"])
    assert request(url).status == 401
    assert request(url, headers={"X-API-Key": NEXT}).status == 401
    by_key = {"Authorization": f"Bearer {KEY}"}
    assert request(url, headers=by_key).body == "partner"
    assert stack.preview() == []

    configure(partner="old-key", successor="next-key")
    with steady_requests(url, headers=by_key) as statuses:
        shown.append(stack.up().stdout)
        assert request(url, headers={"X-API-Key": NEXT}).status in (200, 401)
    assert set(statuses) == {200}, statuses
    configure(successor="next-key")
    with steady_requests(url, headers={"X-API-Key": NEXT}) as statuses:
        shown.append(stack.up().stdout)
    assert set(statuses) == {200}, statuses
    assert request(url, headers={"X-API-Key": NEXT}).body == "successor"
    assert request(url, headers=by_key).status == 401

    shown += [
        stack.state(),
        stack.written(),
        kubectl.run("get", "all,secrets,events", "--namespace", NAMESPACE, "-o", "json"),
        kubectl.run("logs", "--namespace", NAMESPACE, "--selector=app.kubernetes.io/instance", "--tail=-1"),
    ]
    secret = [base64.b64encode(value.encode()).decode() for value in (KEY, NEXT)]
    assert not [value for value in (KEY, NEXT, *secret) for text in shown if value in text]


CLAIMS = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        told = environ.get("valohai.claims", {}).get("sub") or environ["valohai.key"]
        return [told.encode()]
    """


def host_address(kubectl: Kubectl) -> str:
    """Return the address of this machine that the cluster's node reaches it by."""
    node = kubectl.run("get", "nodes", "-o", "jsonpath={.items[0].status.addresses[0].address}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((node, 9))
        return str(probe.getsockname()[0])


def test_tokens_of_an_issuer_with_a_certificate_of_ones_own_authority_let_in(
    new_stack: Callable[[str], Stack], kubectl: Kubectl, tmp_path: Path
) -> None:
    stack = new_stack("guarded-by-tokens")
    project = write_project(tmp_path / "project", MANIFEST, guarded__py=CLAIMS)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issuer = LoopbackIssuer(authority, host_address(kubectl))
    issuer.keys = [public(EC_KEY, kid="one")]
    access = {
        "kind": "oidc",
        "issuer": issuer.url,
        "audience": AUDIENCE,
        "claims": {"groups": ["ml"]},
        "certificateAuthority": str(tmp_path / "ca.pem"),
        "keys": {"smoke": {"secret": "smoke-key"}},
    }
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        deployments=[
            deployment(
                "by-tokens", project, guarded={"access": access, "smokeRequest": {"contains": "smoke"}}
            )
        ],
    )
    stack.set_secret("smoke-key", KEY)
    shown = stack.up().stdout
    (summary,) = stack.outputs().values()
    token = issuer.token({"groups": ["ml"]}, EC_KEY, "ES256")

    def status(token: str) -> int:
        return request(str(summary["url"]), headers={"Authorization": f"Bearer {token}"}).status

    def tried(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "endpoints", "try", "guarded", *arguments, "--stack", NAME],
            cwd=stack.directory,
            env={**stack.environment, **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )

    try:
        assert status(token) == 200
        assert status(issuer.token({"groups": ["ml"], "aud": "other"}, EC_KEY, "ES256")) == 401
        assert status(issuer.token({}, EC_KEY, "ES256")) == 403
        by_key, by_token = tried(), tried(ENDPOINTS_TOKEN=token)
    finally:
        issuer.close()
    assert (by_key.stdout, by_token.stdout) == ("smoke", "ada"), by_key.stderr + by_token.stderr
    assert status(token) == 200
    logs = kubectl.run(
        "logs",
        "--namespace",
        str(summary["namespace"]),
        "--selector=app.kubernetes.io/instance",
        "--tail=-1",
    )
    assert ' ada "GET ' in logs, kubectl.run("get", "pods", "--all-namespaces", "--show-labels")
    everything = [shown, logs, stack.written(), by_key.stderr, by_token.stderr]
    assert not [secret for secret in (KEY, token) for text in everything if secret in text]
