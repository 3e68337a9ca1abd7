"""Whether quotas have room for the pods."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from endpoints.cluster.api import Object
from endpoints.plan import DeploymentPlan, EndpointPlan, Replicas
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent
from endpoints.quantities import amount


def check_quotas(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find quotas that all pods of a deployment together can never, or not under load, stay within."""
    for deployment in intent.plan.deployments:
        for quota in facts.namespaces[deployment.namespace].quotas or ():
            if quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"):
                continue
            fewest = _beyond(quota, deployment, lambda replicas: replicas.minimum)
            for text in fewest.values():
                text = (
                    f"its endpoints {text} with as many pods as `min` says; ask for less, or have it raised"
                )
                yield error(intent.namespace_problem(deployment.namespace, text))
            most = _beyond(quota, deployment, lambda replicas: replicas.maximum)
            for resource, text in most.items():
                if resource not in fewest:
                    text = (
                        f"its endpoints {text} with as many pods as `max` says; under load some are refused"
                    )
                    yield advice(intent.namespace_problem(deployment.namespace, text))


def _beyond(quota: Object, deployment: DeploymentPlan, count: Callable[[Replicas], int]) -> Mapping[str, str]:
    """Return in words what is more than the quota has, by the name of the resource."""
    texts = {}
    for resource, hard in (quota["spec"].get("hard") or {}).items():
        needed = sum(
            (
                count(endpoint.replicas) * _of_one_pod(endpoint, resource)
                for version in deployment.versions
                for endpoint in version.endpoints
            ),
            Decimal(),
        )
        allowed = amount(hard)
        if allowed is not None and needed > allowed:
            name = quota["metadata"]["name"]
            texts[resource] = f"take {resource} of {needed.normalize():f}, and the quota {name} has {hard}"
    return texts


def _of_one_pod(endpoint: EndpointPlan, resource: str) -> Decimal:
    """Return how much a pod takes of what a quota counts: `pods`, `cpu`, `requests.cpu`, `limits.cpu` ..."""
    if resource in ("pods", "count/pods"):
        return Decimal(1)
    kind, name = "requests", resource
    if resource.startswith(("requests.", "limits.")):
        kind, _, name = resource.partition(".")
    amounts = endpoint.limits if kind == "limits" else endpoint.requests
    return amount(amounts.get(name, "0")) or Decimal()
