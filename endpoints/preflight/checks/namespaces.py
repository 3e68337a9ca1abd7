"""Whether the namespaces are there that should be, and nobody else's."""

from collections.abc import Iterator

from endpoints.address import SERVICE_ACCOUNT
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent

_OWNER = "valohai.com/deployment"


def check_namespaces(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find namespaces that are missing, incomplete, or somebody else's."""
    for name, seen in facts.namespaces.items():
        if intent.target.makes_namespaces:
            if seen.namespace and _OWNER not in (seen.namespace[0]["metadata"].get("labels") or {}):
                text = (
                    f"the namespace {name} is there and was not made by this program, which will not take it "
                    "over; for one that somebody else made set cluster: {namespaces: existing}"
                )
                yield advice(intent.namespace_problem(name, text))
        elif seen.namespace == ():
            text = f"there is no namespace {name}, and `namespaces: existing` makes none"
            yield error(intent.namespace_problem(name, f"{text}; docs/clusters.md has its manifest"))
        elif seen.account == ():
            text = f"the namespace {name} has no ServiceAccount {SERVICE_ACCOUNT} for pods to run as"
            yield error(intent.namespace_problem(name, f"{text}; docs/clusters.md has its manifest"))
