"""Whether Kubernetes is new enough."""

from collections.abc import Iterator

from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, error
from endpoints.preflight.intent import Intent

OLDEST = (1, 30)
"""The first with `sleep` as a preStop action (KEP-3960), the newest thing that every workload has."""

OLDEST_WITHOUT_DELAY = (1, 33)
"""The first that lets that be 0 seconds (KEP-4818)."""


def check_version(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a version that refuses the workloads."""
    found = f"the cluster runs Kubernetes {facts.version[0]}.{facts.version[1]}"
    if facts.version < OLDEST:
        text = f"{found}, and pods here end as 1.30 and newer can alone; upgrade it"
        yield error(intent.problem(("cluster",), text))
        return
    for endpoint in intent.endpoints:
        if endpoint.shutdown.pre_stop_seconds == 0 and facts.version < OLDEST_WITHOUT_DELAY:
            text = f"{found}, which takes preStopSeconds: 0 from 1.33 on; give {endpoint.address.prefix} 1"
            yield error(intent.problem(("cluster",), text))
