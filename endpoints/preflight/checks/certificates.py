"""Whether cert-manager's issuer is there and ready."""

from collections.abc import Iterator

from endpoints.cluster.api import Objects
from endpoints.preflight.facts import Facts, Finding, Intent, advice, error
from endpoints.rollout.issuance import unreadiness
from endpoints.stack_file import IngressRouting


def check_certificates(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find TLS Secrets that are missing: routers then answer with certificates that clients do not trust.

    It is an error where the stack would leave the cluster at which its certificate is served, and the Secret
    could be there already. In a namespace that the update makes it cannot.
    """
    secret, move, routing = intent.tls_secret, intent.target.move, intent.settings.routing
    if secret is None:
        return
    is_own = isinstance(routing, IngressRouting) and routing.tls is not None
    for name, seen in facts.namespaces.items():
        is_made = intent.target.makes_namespaces and not seen.namespace
        if seen.certificate != () or (seen.namespace == () and not is_made):
            continue
        time = " once the namespace exists" if is_made else ""
        text = (
            f"the namespace {name} has no TLS Secret {secret}; without it, the router uses a "
            f"certificate that clients do not trust; create it{time}: `kubectl create secret tls "
            f"{secret} --namespace {name} --cert FILE --key FILE`"
        )
        if is_made and move is not None:
            text += "; a second stack lets you do this before clients move: docs/moving.md"
        judge = error if move is not None and not is_made else advice
        yield judge(intent.problem(("routing", "tls", "secretName") if is_own else ("cluster",), text))


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
        text = f"{has} no {what}, so cert-manager issues no certificate; create it, or name another: {lists}"
        yield error(intent.problem(path, text))
    elif issuer and (reason := unreadiness(issuer[0])) is not None:
        kind, name = what.split()
        place = "" if kind == "ClusterIssuer" else f" --namespace {issuer[0]['metadata']['namespace']}"
        text = (
            f"the {what} {reason}; it issues no certificate until it is ready: `kubectl describe "
            f"{kind.lower()} {name}{place}`"
        )
        yield advice(intent.problem(path, text))
