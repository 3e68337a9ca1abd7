"""cert-manager's issuer, as far as a preview can tell whether it will sign."""

from dataclasses import replace
from typing import Any

import pytest

from endpoints.preflight.checks.certificates import check_issuers
from endpoints.preflight.facts import Facts, Finding, NamespaceFacts
from tests.unit.preflight.conftest import NAMESPACE, SOUND, MakeIntent, objects

INSTALLED = replace(
    SOUND, groups={"cert-manager.io": {"v1": frozenset({"certificates", "issuers", "clusterissuers"})}}
)
KEY = "endpoints:routing.tls.issuer"


def routing(**tls: str) -> dict[str, Any]:
    return {"kind": "ingress", "host": "a.example", "tls": {"issuer": "acme", **tls}}


def issuer(status: str, message: str, **metadata: str) -> dict[str, Any]:
    ready = {"type": "Ready", "status": status, "message": message}
    return {"metadata": metadata, "status": {"conditions": [ready]}}


def judged(intend: MakeIntent, facts: Facts, **tls: str) -> list[Finding]:
    return list(check_issuers(intend(routing=routing(**tls)), facts))


def test_a_cluster_issuer_that_is_missing_is_an_error(intend: MakeIntent) -> None:
    (finding,) = judged(intend, INSTALLED)
    assert finding.fatal
    told = str(finding.problem)
    assert f"{KEY}: the cluster has no ClusterIssuer acme, so cert-manager issues no certificate" in told
    assert "`kubectl get clusterissuers`" in told


def test_an_issuer_that_is_not_ready_is_told_in_its_own_words_and_may_become_ready(
    intend: MakeIntent,
) -> None:
    facts = replace(INSTALLED, issuer=(issuer("False", "ACME server\nunreachable."),))
    (finding,) = judged(intend, facts)
    assert not finding.fatal
    told = str(finding.problem)
    assert (
        f"{KEY}: the ClusterIssuer acme is not ready: ACME server unreachable; it issues no certificate until"
    ) in told
    assert "`kubectl describe clusterissuer acme`" in told


@pytest.mark.parametrize(
    "facts",
    [
        replace(INSTALLED, issuer=(issuer("True", "verified"),)),
        replace(INSTALLED, issuer=({"metadata": {"name": "acme"}},)),  # it has yet to tell
        replace(INSTALLED, issuer=None),
        SOUND,  # which has no cert-manager: another check tells that
    ],
)
def test_an_issuer_that_is_ready_new_unseen_or_impossible_is_left_alone(
    intend: MakeIntent, facts: Facts
) -> None:
    assert judged(intend, facts) == []


def test_an_issuer_of_a_namespace_is_missed_where_it_could_be(intend: MakeIntent) -> None:
    def within(seen: NamespaceFacts) -> list[Finding]:
        facts = replace(INSTALLED, namespaces={NAMESPACE: seen})
        return judged(intend, facts, issuerKind="Issuer")

    there = objects("Namespace", NAMESPACE)
    (missing,) = within(NamespaceFacts(namespace=there))
    assert f"the namespace {NAMESPACE} has no Issuer acme" in str(missing.problem)
    assert f"`kubectl get issuers --namespace {NAMESPACE}`" in str(missing.problem)
    # The update makes the namespace, and nobody can have put an issuer there.
    assert within(NamespaceFacts()) == []
    (unready,) = within(NamespaceFacts(namespace=there, issuer=(issuer("False", "no", namespace=NAMESPACE),)))
    assert f"`kubectl describe issuer acme --namespace {NAMESPACE}`" in str(unready.problem)
