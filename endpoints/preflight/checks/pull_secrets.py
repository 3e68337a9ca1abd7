"""Whether nodes can still pull where the stack lets go of a namespace."""

from collections.abc import Iterator

from endpoints.address import SERVICE_ACCOUNT
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, error
from endpoints.preflight.intent import Intent
from endpoints.wording import listing


def check_pull_secrets(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find namespaces whose pods would lose what their images are pulled with.

    The stack lets go of a namespace and of the account in it, and removes the Secret that it has made of the
    registry's credentials: these are not for whoever manages the namespace. Pods that run would go on, and
    later ones would not start.
    """
    for name, seen in facts.namespaces.items():
        if name not in intent.target.handed_over or not seen.account:
            continue
        own = {secret for namespace, secret in intent.target.pull_secrets if namespace == name}
        named = {entry["name"] for entry in seen.account[0].get("imagePullSecrets") or ()}
        if not named or named - own:
            continue
        text = (
            f"the stack lets go of the namespace {name}, and removes the Secret {listing(named)} that it has "
            f"made of the registry's credentials; the account {SERVICE_ACCOUNT} there names no other to pull "
            "with, so that pods which start later could not pull; before, name one of your own in its "
            "imagePullSecrets, or none where nodes can pull without: docs/moving.md has the commands"
        )
        yield error(intent.namespace_problem(name, text))
