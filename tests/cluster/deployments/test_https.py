"""HTTPS: by a Gateway's listener, and by a certificate that cert-manager, played here, puts into a Secret."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.deployments.certificate import HostCertificate, host_certificate
from tests.cluster.deployments.https_gateway import https_gateway
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, own_cluster, write_project
from tests.cluster.deployments.requests import Answer, https_request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

HOST = "models.trial.example"
GATEWAY = "trial-https"

MANIFEST = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        wsgi: greet
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['SCRIPT_NAME']}".encode()]
    """


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> HostCertificate:
    return host_certificate(HOST, tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def gateway(
    connection: dict[str, Any],
    kubectl: Kubectl,
    certificate: HostCertificate,
) -> Iterator[dict[str, str]]:
    """Make a Gateway with a certificate, which lets in the namespaces of one organization."""
    kubectl.apply(*https_gateway(kubectl, connection, certificate, GATEWAY, "trial"))
    yield {"name": GATEWAY, "namespace": GATEWAY, "listener": "https"}
    kubectl.run("delete", "--wait=false", "namespace", GATEWAY)


@pytest.fixture(scope="module")
def certificates(kubectl: Kubectl) -> Iterator[None]:
    """Define cert-manager's Certificate, as far as its documentation describes what is used here."""
    text = {"type": "string"}
    issuer = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": text, "kind": text, "group": text},
    }
    spec = {
        "type": "object",
        "required": ["issuerRef", "secretName"],
        "properties": {
            "secretName": text,
            "dnsNames": {"type": "array", "items": text},
            "issuerRef": issuer,
        },
    }
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}},
    }
    name = "certificates.cert-manager.io"
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": "cert-manager.io",
            "scope": "Namespaced",
            "names": {"kind": "Certificate", "plural": "certificates", "singular": "certificate"},
            "versions": [version],
        },
    }
    kubectl.apply(definition)
    kubectl.run("wait", "--for=condition=Established", "crd", name)
    yield
    kubectl.run("delete", "crd", name)


def settings(connection: dict[str, Any], routing: dict[str, Any], name: str, project: Path) -> dict[str, Any]:
    return {**own_cluster(connection, routing), "deployments": [deployment(name, project, greet={})]}


def answered(stack: Stack, connection: dict[str, Any], certificate: HostCertificate) -> Answer:
    """Wait for the endpoint's answer at its URL, by a connection that the certificate secures."""
    (summary,) = stack.outputs().values()
    prefix = f"https://{HOST}"
    assert summary["url"].startswith(f"{prefix}/trial/")
    path = summary["url"].removeprefix(prefix)

    def ask() -> Answer | None:
        answer = https_request(connection["router"]["httpsAddress"], HOST, path, certificate.authority)
        return answer if answer.status == 200 else None

    answer = wait_until(ask, 30, "the endpoint answers")
    assert answer.body == summary["url"]
    return answer


def test_a_gateways_listener_ends_https_for_the_namespaces_that_it_lets_in(
    gateway: dict[str, str],
    new_stack: Callable[[str], Stack],
    connection: dict[str, Any],
    certificate: HostCertificate,
    tmp_path: Path,
) -> None:
    project = write_project(tmp_path / "project", MANIFEST, greet__py=APPLICATION)
    routing = {"kind": "gateway", "gateway": gateway, "host": HOST, "scheme": "https"}
    stack = new_stack("httpsgateway")
    stack.configure(**settings(connection, routing, "httpsgateway", project))
    stack.up()

    answered(stack, connection, certificate)
    assert stack.preview() == []


@pytest.mark.usefixtures("certificates")
def test_an_issuers_certificate_is_awaited_and_then_serves_the_host(
    new_stack: Callable[[str], Stack],
    connection: dict[str, Any],
    kubectl: Kubectl,
    certificate: HostCertificate,
    tmp_path: Path,
) -> None:
    project = write_project(tmp_path / "project", MANIFEST, greet__py=APPLICATION)
    routing = {"kind": "ingress", "host": HOST, "tls": {"issuer": "trial"}}
    stack = new_stack("httpsingress")
    stack.configure(**settings(connection, routing, "httpsingress", project))
    namespace = "trial-httpsingress-production"

    running = stack.start("up")
    wait_until(lambda: namespace in kubectl.namespaces(), 120, "the namespace was created")
    asked_for = partial(kubectl.get, "certificates.cert-manager.io", namespace)
    (asked,) = wait_until(asked_for, 60, "a certificate was asked for")
    assert asked["spec"] == {
        "secretName": "endpoints-tls",
        "dnsNames": [HOST],
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "trial"},
    }
    routed = partial(kubectl.get, "ingresses", namespace)
    wait_until(routed, 300, "everything else is there")
    assert running.poll() is None
    kubectl.apply(certificate.secret("endpoints-tls", namespace))
    ready = {"type": "Ready", "status": "True", "reason": "Ready", "message": "Certificate is up to date"}
    patch = json.dumps({"status": {"conditions": [ready]}})
    name = asked["metadata"]["name"]
    kubectl.run(
        *("patch", "certificates.cert-manager.io", name, "--namespace", namespace),
        *("--subresource=status", "--type=merge", "-p", patch),
    )

    assert running.wait(timeout=300) == 0
    answered(stack, connection, certificate)
    assert stack.preview() == []
