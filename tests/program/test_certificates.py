"""cert-manager obtains a certificate in each deployment's namespace, for its routes."""

from typing import Any

import pytest

from tests.program.conftest import Configure

CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"
HOST = "models.acme.example"


@pytest.mark.parametrize("kind", ["ClusterIssuer", "Issuer"])
def test_an_issuer_makes_a_certificate_that_the_routes_use(declare: Configure, kind: str) -> None:
    tls: dict[str, Any] = {"issuer": "letsencrypt"} | ({"issuerKind": kind} if kind == "Issuer" else {})
    recording = declare(routing={"kind": "ingress", "host": HOST, "tls": tls})

    certificate = recording.only(CERTIFICATE)
    assert certificate.inputs["spec"] == {
        "secretName": "endpoints-tls",
        "dnsNames": [HOST],
        "issuerRef": {"group": "cert-manager.io", "kind": kind, "name": "letsencrypt"},
    }
    assert certificate.inputs["metadata"]["namespace"] == "acme-digits-production"
    assert certificate.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    for ingress in recording.of_type("kubernetes:networking.k8s.io/v1:Ingress"):
        assert ingress.inputs["spec"]["tls"] == [{"hosts": [HOST], "secretName": "endpoints-tls"}]
    for summary in recording.outputs["endpoints"].values():
        assert summary["url"].startswith(f"https://{HOST}/acme/")


@pytest.mark.parametrize(
    "routing",
    [
        {"kind": "ingress", "host": HOST, "tls": {"secretName": "models-tls"}},
        {"kind": "ingress", "host": HOST},
        {"kind": "gateway", "gateway": {"name": "public", "namespace": "routers"}, "host": HOST},
    ],
)
def test_without_an_issuer_no_certificate_is_asked_for(declare: Configure, routing: dict[str, Any]) -> None:
    assert not declare(routing=routing).of_type(CERTIFICATE)
