"""Whether the API server would create the pods."""

from collections.abc import Iterator

from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent

FULL = "exceeded quota"

_REMEDIES = {
    "must specify": "give the endpoint `resources` with min and max, or have a LimitRange with defaults made",
    "maximum ": "ask for less in `resources`, or have the LimitRange changed",
    "minimum ": "ask for more in `resources`, or have the LimitRange changed",
    FULL: "remove or shrink what is there, or have the quota raised",
    "violates PodSecurity": "have the namespace's pod-security label set to restricted, which pods here meet",
}


def check_admission(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find pods that quotas, limit ranges or policies refuse: the Deployment is accepted, and waits."""
    for endpoint in intent.endpoints:
        seen = facts.namespaces[endpoint.address.namespace]
        refused = (seen.refusals or {}).get(endpoint.address.object_name)
        if not refused:
            continue
        remedy = next((text for start, text in _REMEDIES.items() if start in refused), None)
        text = f"the namespace {endpoint.address.namespace} refuses its pods: {refused}"
        text += f"; {remedy or 'whoever manages the cluster knows more'}"
        problem = endpoint.definition.problem("resources", text)
        # A quota can be full for the moment: of pods that this very update ends, or that autoscalers added.
        yield advice(problem) if FULL in refused else error(problem)
