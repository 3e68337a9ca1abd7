"""Whether the API server would create the pods."""

from collections.abc import Iterator

from endpoints.pod_refusals import QUOTA_IS_FULL, refusal_remedy
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent


def check_admission(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find pods that quotas, limit ranges or policies refuse: the Deployment is accepted, and waits."""
    for endpoint in intent.endpoints:
        seen = facts.namespaces[endpoint.address.namespace]
        refused = (seen.refusals or {}).get(endpoint.address.object_name)
        if not refused:
            continue
        text = f"the namespace {endpoint.address.namespace} refuses its pods: {refused}"
        text += f"; {refusal_remedy(refused)}"
        problem = endpoint.definition.problem("resources", text)
        # A quota can be full for the moment: of pods that this very update ends, or that autoscalers added.
        yield advice(problem) if QUOTA_IS_FULL in refused else error(problem)
