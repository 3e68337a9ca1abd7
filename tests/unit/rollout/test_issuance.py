"""Why cert-manager has not issued a certificate. The conditions are cert-manager 1.21's own."""

from typing import Any

import pytest

from endpoints.cluster.api import Api, Objects
from endpoints.rollout.issuance import hindrance

NAMESPACE = "acme-digits-production"
ISSUING = {
    "type": "Issuing",
    "status": "True",
    "reason": "DoesNotExist",
    "message": "Issuing certificate as Secret does not exist",
}


class Cluster(Api):
    """Answers by the kind in the path; one that is not given may not be seen."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def find(self, path: str) -> Objects:
        return self._answer(path, path.split("/")[-2])

    def list(self, path: str) -> Objects:
        return self._answer(path, path.split("/")[-1])

    def _answer(self, path: str, kind: str) -> Objects:
        self.asked.append(path)
        found = self.answers.get(kind)
        return None if found is None else tuple(found)


def described(*conditions: dict[str, str], **metadata: Any) -> dict[str, Any]:
    return {"metadata": metadata, "status": {"conditions": list(conditions)}}


def condition(kind: str, status: str, message: str, reason: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def request(
    *conditions: dict[str, str], made: str = "2026-11-30T10:00:00Z", of: str = "endpoints-tls"
) -> dict[str, Any]:
    annotations = {"cert-manager.io/certificate-name": of}
    return described(*conditions, creationTimestamp=made, annotations=annotations)


READY = [described(condition("Ready", "True", "Signing CA verified"))]
APPROVED = condition("Approved", "True", "Certificate request has been approved by cert-manager.io")
FAILED = condition("Ready", "False", "Error creating the order:\n  rate limited.", "Failed")


def found(cluster: Cluster, kind: str = "ClusterIssuer") -> str | None:
    return hindrance(cluster, NAMESPACE, "endpoints-tls", kind, "acme")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("ClusterIssuer", "clusterissuers/acme"),
        ("Issuer", f"namespaces/{NAMESPACE}/issuers/acme"),
    ],
)
def test_an_issuer_that_does_not_exist_is_told_by_its_kind(kind: str, path: str) -> None:
    cluster = Cluster(clusterissuers=[], issuers=[], certificaterequests=[request(FAILED)])
    assert found(cluster, kind) == f"{kind} acme does not exist"
    assert cluster.asked == [f"/apis/cert-manager.io/v1/{path}"]


def test_an_issuers_own_words_go_before_those_of_the_request_that_waits_for_it() -> None:
    refuses = described(condition("Ready", "False", 'Error getting keypair: secrets "ca" not found'))
    cluster = Cluster(clusterissuers=[refuses], certificaterequests=[request(FAILED)])
    assert found(cluster) == 'ClusterIssuer acme is not ready: Error getting keypair: secrets "ca" not found'


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ([APPROVED, FAILED], "its request failed: Error creating the order: rate limited"),
        (
            [condition("Denied", "True", "No policy approved this request"), FAILED],
            "its request was denied: No policy approved this request",
        ),
        ([condition("InvalidRequest", "True", "bad CSR")], "its request is invalid: bad CSR"),
        (
            [APPROVED, condition("Ready", "False", "waits for DNS", "Pending")],
            "its request waits: waits for DNS",
        ),
    ],
)
def test_what_was_decided_about_the_request_is_told_on_one_line(
    conditions: list[dict[str, str]], told: str
) -> None:
    assert found(Cluster(clusterissuers=READY, certificaterequests=[request(*conditions)])) == told


def test_only_the_latest_request_of_the_certificate_counts() -> None:
    older = request(FAILED, made="2026-11-30T09:00:00Z")
    others = request(FAILED, made="2026-11-30T11:00:00Z", of="another")
    latest = request(condition("Ready", "False", "waits for DNS", "Pending"))
    cluster = Cluster(clusterissuers=READY, certificaterequests=[older, latest, others])
    assert found(cluster) == "its request waits: waits for DNS"


def test_where_only_the_certificate_may_be_seen_it_tells_what_it_knows() -> None:
    retried = condition("Issuing", "False", "The certificate request has failed to complete", "Failed")
    assert (
        found(Cluster(certificates=[described(retried)])) == "The certificate request has failed to complete"
    )
    waits = condition("Ready", "False", "Issuing certificate as Secret does not exist")
    told = found(Cluster(certificates=[described(ISSUING, waits)]))
    assert told == "Issuing certificate as Secret does not exist"


def test_nothing_is_told_where_nothing_may_be_seen_or_nobody_has_looked_at_the_certificate() -> None:
    assert found(Cluster()) is None
    assert found(Cluster(clusterissuers=READY, certificaterequests=[], certificates=[described()])) is None
