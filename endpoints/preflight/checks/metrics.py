"""Whether somebody measures what autoscalers follow."""

from collections.abc import Iterator

from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice
from endpoints.preflight.intent import Intent
from endpoints.settings import Scaling

_GROUPS = {
    "pods": "custom.metrics.k8s.io",
    "object": "custom.metrics.k8s.io",
    "external": "external.metrics.k8s.io",
}

_SERVED_BY = {
    "metrics.k8s.io": "metrics-server",
    "custom.metrics.k8s.io": "an adapter such as prometheus-adapter",
    "external.metrics.k8s.io": "an adapter such as prometheus-adapter",
}


def check_metrics(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find measures that nobody takes: their endpoints work, and never get more pods."""
    if facts.groups is None:
        return
    blind: dict[str, list[str]] = {}
    for endpoint in intent.endpoints:
        for group in _followed(endpoint.replicas.scaling):
            if not facts.groups.get(group):
                blind.setdefault(group, []).append(endpoint.address.prefix)
    for group, prefixes in blind.items():
        text = (
            f"nobody serves {group} in the cluster, so that the pods of {', '.join(prefixes)} stay at `min` "
            f"whatever the load; install {_SERVED_BY[group]}"
        )
        yield advice(intent.problem(("cluster",), text))


def _followed(scaling: Scaling | None) -> Iterator[str]:
    """Return the API groups that an autoscaler asks."""
    if scaling is None:
        return
    if scaling.cpu_utilization is not None or scaling.memory_utilization is not None:
        yield "metrics.k8s.io"
    if scaling.keda is None:
        yield from dict.fromkeys(_GROUPS[metric.kind] for metric in scaling.metrics)
