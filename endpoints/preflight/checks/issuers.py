"""Whether cert-manager's issuer is there and ready."""

from collections.abc import Iterator

from endpoints.cluster.api import Objects
from endpoints.deployed.issuance import unreadiness
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent


def check_issuers(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find an issuer that is missing, for which an update would wait in vain, or one that is not ready.

    The latter may pass, and says nothing of certificates that were issued before. Without cert-manager there
    is no issuer to miss, and in a namespace that is not there yet no Issuer can be.
    """
    tls = intent.issued
    if tls is None or facts.serves("cert-manager.io", "v1", f"{tls.issuer_kind.lower()}s") is False:
        return
    if tls.issuer_kind == "ClusterIssuer":
        what = f"ClusterIssuer {tls.issuer}"
        yield from _judged(intent, what, "the cluster has", "`kubectl get clusterissuers`", facts.issuer)
        return
    for name, seen in facts.namespaces.items():
        if seen.namespace != ():
            lists = f"`kubectl get issuers --namespace {name}`"
            yield from _judged(
                intent, f"Issuer {tls.issuer}", f"the namespace {name} has", lists, seen.issuer
            )


def _judged(intent: Intent, what: str, has: str, lists: str, issuer: Objects) -> Iterator[Finding]:
    """Judge one issuer; `has` begins a sentence about what is missing, `lists` is a command."""
    path = ("routing", "tls", "issuer")
    if issuer == ():
        text = (
            f"{has} no {what}, so that cert-manager issues no certificate; make it, or name another: {lists}"
        )
        yield error(intent.problem(path, text))
    elif issuer and (reason := unreadiness(issuer[0])) is not None:
        kind, name = what.split()
        place = "" if kind == "ClusterIssuer" else f" --namespace {issuer[0]['metadata']['namespace']}"
        text = (
            f"the {what} {reason}; until then it issues no certificate: "
            f"`kubectl describe {kind.lower()} {name}{place}`"
        )
        yield advice(intent.problem(path, text))
