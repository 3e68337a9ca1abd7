"""HTTPS by certificates of cert-manager, by an authority in the cluster. The tests build on each other."""

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, own_cluster, write_project
from tests.cluster.deployments.requests import https_request
from tests.cluster.deployments.stack import Stack
from tests.integrations.companions.cert_manager import NAMESPACE as AUTHORITIES
from tests.integrations.figures import Figures
from tests.integrations.https import certificate_served, steady_https_requests

pytestmark = [pytest.mark.integrations, pytest.mark.usefixtures("cert_manager")]

HOST = "models.trial.example"
ISSUER, REFUSING = "trial", "refusing"
NAMESPACE = "trial-certified-production"
CERTIFICATE = "endpoints-tls"

MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        wsgi: greet
        resources: {cpu: {min: 0.05}, memory: {min: 64}}
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"certified"]
    """


def cluster_issuer(name: str, **kind: Any) -> dict[str, Any]:
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": name},
        "spec": kind,
    }


@pytest.fixture(scope="module")
def authority(kubectl: Kubectl, cert_manager: None, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    """Make an issuer whose authority is a certificate that vouches for itself; return that certificate."""
    secret = "trial-authority"
    certificate = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": secret, "namespace": AUTHORITIES},
        "spec": {
            "isCA": True,
            "commonName": secret,
            "secretName": secret,
            "privateKey": {"algorithm": "ECDSA", "size": 256},
            "issuerRef": {"kind": "ClusterIssuer", "name": "trial-root"},
        },
    }
    kubectl.apply(cluster_issuer("trial-root", selfSigned={}), certificate)
    kubectl.await_condition("Ready", f"certificate/{secret}", AUTHORITIES, 60)
    kubectl.apply(cluster_issuer(ISSUER, ca={"secretName": secret}))
    kubectl.await_condition("Ready", f"clusterissuer/{ISSUER}", seconds=60)
    (found,) = kubectl.get("secrets", AUTHORITIES, f"--field-selector=metadata.name={secret}")
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    file.write_bytes(base64.b64decode(found["data"]["tls.crt"]))
    return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("certified") / "project", MANIFEST, greet__py=APPLICATION)


def settings(connection: dict[str, Any], project: Path, name: str, issuer: str) -> dict[str, Any]:
    routing = {"kind": "ingress", "host": HOST, "tls": {"issuer": issuer}}
    return {**own_cluster(connection, routing), "deployments": [deployment(name, project, greet={})]}


@pytest.fixture(scope="module")
def refused(
    new_stack: Callable[[str], Stack],
    connection: dict[str, Any],
    project: Path,
    kubectl: Kubectl,
    cert_manager: None,  # noqa: ARG001 - its kinds are needed
) -> Iterator[Future[str]]:
    """Begin an update with an issuer that has no authority to sign with: what it says, after five minutes."""
    kubectl.apply(cluster_issuer(REFUSING, ca={"secretName": "no-such-authority"}))
    wait_until(
        lambda: condition(issuer(kubectl, REFUSING), "Ready"), 60, "cert-manager has looked at the issuer"
    )
    stack = new_stack("refused")
    stack.configure(**settings(connection, project, "refused", REFUSING))

    def up() -> str:
        done = stack.up(check=False)
        assert done.returncode != 0
        return done.stdout + done.stderr

    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(up)


@pytest.fixture(scope="module")
def stack(
    new_stack: Callable[[str], Stack],
    connection: dict[str, Any],
    project: Path,
    authority: Path,  # noqa: ARG001
    refused: Future[str],  # noqa: ARG001 - its wait begins before
) -> Stack:
    stack = new_stack("certified")
    stack.configure(**settings(connection, project, "certified", ISSUER))
    stack.up()
    return stack


@pytest.fixture(scope="module")
def path(stack: Stack) -> str:
    (summary,) = stack.outputs().values()
    prefix = f"https://{HOST}"
    assert summary["url"].startswith(f"{prefix}/trial/")
    return str(summary["url"].removeprefix(prefix))


def issuer(kubectl: Kubectl, name: str) -> dict[str, Any]:
    found = json.loads(kubectl.run("get", "clusterissuer", name, "-o", "json"))
    assert isinstance(found, dict)
    return found


def issued(kubectl: Kubectl) -> dict[str, Any]:
    (found,) = kubectl.get("certificates", NAMESPACE)
    return found


def condition(described: dict[str, Any], name: str) -> dict[str, Any]:
    found = described.get("status", {}).get("conditions", [])
    return next((one for one in found if one["type"] == name), {})


def test_up_ends_when_the_certificate_is_issued_and_the_router_answers_with_it(
    stack: Stack, path: str, connection: dict[str, Any], kubectl: Kubectl, authority: Path, figures: Figures
) -> None:
    # The engine has waited: the first look finds it ready.
    found = issued(kubectl)
    ready = condition(found, "Ready")
    assert ready["status"] == "True"
    asked, given = (
        datetime.fromisoformat(text)
        for text in (found["metadata"]["creationTimestamp"], ready["lastTransitionTime"])
    )
    figures.tell(
        "certificate wait, from the Certificate to its condition Ready", (given - asked).total_seconds()
    )
    address = connection["router"]["httpsAddress"]

    def answered() -> bool:
        try:
            return https_request(address, HOST, path, authority).body == "certified"
        except ssl.SSLError:  # The router may read the Secret a moment later.
            return False

    wait_until(answered, 30, "the router answers with a certificate of the authority")
    assert stack.preview() == []


def test_a_renewed_certificate_is_served_without_a_failed_request(
    path: str, connection: dict[str, Any], kubectl: Kubectl, authority: Path, figures: Figures
) -> None:
    address = connection["router"]["httpsAddress"]
    before = certificate_served(address, HOST, authority)
    # As `cmctl renew` asks for it.
    renew = {
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "Certificate re-issuance manually triggered",
        "lastTransitionTime": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    conditions = [condition(issued(kubectl), "Ready"), renew]
    patch = json.dumps({"status": {"conditions": conditions}})
    with steady_https_requests(address, HOST, path, authority) as results:
        with figures.timed("renewal, until the router serves the new certificate"):
            kubectl.run(
                *("patch", "certificate", CERTIFICATE, "--namespace", NAMESPACE),
                *("--subresource=status", "--type=merge", "-p", patch),
            )
            wait_until(
                lambda: certificate_served(address, HOST, authority) != before,
                60,
                "the new certificate is served",
            )
        served = sum(results.values())
        wait_until(lambda: sum(results.values()) > served + 50, 60, "requests go on by the new one")
    assert set(results) == {200}
    assert condition(issued(kubectl), "Ready")["status"] == "True"


def test_an_issuer_that_refuses_is_told_in_one_sentence(refused: Future[str]) -> None:
    shown = refused.result(timeout=900)
    sentence = (
        f"cert-manager has not issued the certificate for {HOST}: ClusterIssuer {REFUSING} is not ready: "
        'Error getting keypair for CA issuer: secrets "no-such-authority" not found; see '
        "`kubectl describe certificate,certificaterequest --namespace trial-refused-production`"
    )
    assert f"error: {sentence}\n" in shown, shown
    assert "Traceback" not in shown


def test_an_issuer_that_is_missing_is_told_before_anything_is_made(
    new_stack: Callable[[str], Stack],
    connection: dict[str, Any],
    project: Path,
    authority: Path,  # noqa: ARG001
) -> None:
    stack = new_stack("missing")
    stack.configure(**settings(connection, project, "missing", "no-such-issuer"))
    shown = stack.fail("preview")
    assert (
        "endpoints:routing.tls.issuer: the cluster has no ClusterIssuer no-such-issuer, so cert-manager"
        in shown
    )
