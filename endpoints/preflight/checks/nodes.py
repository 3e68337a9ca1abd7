"""Whether there is a node that can take a pod."""

from collections.abc import Iterator

from endpoints.cluster.api import Object
from endpoints.plan import EndpointPlan
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice
from endpoints.preflight.intent import Intent
from endpoints.quantities import amount


def check_nodes(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find pods that no node has the labels or the room for; a cluster may get another node for them."""
    for endpoint in intent.endpoints:
        if not facts.nodes:
            return
        labelled = [node for node in facts.nodes if _has_labels(node, endpoint)]
        if not labelled:
            wanted = ",".join(f"{key}={value}" for key, value in endpoint.node_selector.items())
            text = (
                f"none of the cluster's {len(facts.nodes)} nodes has {wanted}; until one has, no pod starts"
            )
            yield advice(endpoint.definition.problem("node-selector", text))
            continue
        for resource, requested in endpoint.requests.items():
            largest = max(labelled, key=lambda node: amount(_room(node, resource)) or 0)
            room = _room(largest, resource)
            if (amount(requested) or 0) > (amount(room) or 0):
                text = f"its pods request {resource} of {requested}, and the most that a node has is {room}"
                text += f" ({largest['metadata']['name']}); until one has more, no pod starts"
                yield advice(endpoint.definition.problem(f"resources.{resource}", text))


def _has_labels(node: Object, endpoint: EndpointPlan) -> bool:
    return endpoint.node_selector.items() <= (node["metadata"].get("labels") or {}).items()


def _room(node: Object, resource: str) -> str:
    return str((node.get("status", {}).get("allocatable") or {}).get(resource, "0"))
