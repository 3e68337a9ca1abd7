"""Whether routers have the certificates that Ingresses name."""

from collections.abc import Iterator

from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent
from endpoints.settings import IngressRouting


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
        time = " once the namespace is there" if is_made else ""
        text = (
            f"the namespace {name} has no TLS Secret {secret}, and without it the router answers by a "
            f"certificate that clients do not trust; make it{time}: "
            f"`kubectl create secret tls {secret} --namespace {name} --cert FILE --key FILE`"
        )
        if is_made and move is not None:
            text += "; with a second stack that can be done before clients come: docs/moving.md"
        judge = error if move is not None and not is_made else advice
        yield judge(intent.problem(("routing", "tls", "secretName") if is_own else ("cluster",), text))
