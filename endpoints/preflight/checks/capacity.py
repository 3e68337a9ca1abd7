"""Checks that quotas and storage have room for the pods, and that they can be scaled."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from endpoints.cluster.api import Object, Objects
from endpoints.cluster.quantities import amount, quota_name
from endpoints.cluster.replicas import replicas, scaled_by_hand
from endpoints.plan import DeploymentPlan, EndpointPlan, Volume
from endpoints.preflight.facts import Facts, Finding, Intent, NamespaceFacts, advice, error
from endpoints.stack_file import Replicas, Scaling
from endpoints.wording import listing, suggestion


def check_replicas(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find endpoints whose number of pods a person has set; at 0 pods an autoscaler is off."""
    for endpoint, workload in scaled_endpoints(intent, facts):
        manager, found = scaled_by_hand(workload), replicas(workload)
        text = f"{manager} has set the number of pods of {endpoint.address.prefix} to {found}"
        text += f"; the update sets it to `min`, {endpoint.replicas.min}, again"
        yield advice(intent.namespace_problem(endpoint.address.namespace, text))


def scaled_endpoints(intent: Intent, facts: Facts) -> Iterator[tuple[EndpointPlan, Object]]:
    """Yield endpoints with another number of pods than planned, which only an update changes, and workloads.

    An autoscaler corrects any number but 0, and KEDA scales to 0 by itself.
    """
    for endpoint in intent.endpoints:
        seen = facts.namespaces[endpoint.address.namespace].workloads or ()
        name, scaling = endpoint.address.object_name, endpoint.scaling
        workload = next((found for found in seen if found["metadata"]["name"] == name), None)
        if workload is None or scaled_by_hand(workload) is None or (scaling and scaling.keda):
            continue
        if replicas(workload) == 0 if scaling else replicas(workload) != endpoint.replicas.min:
            yield endpoint, workload


def check_quotas(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find quotas that all pods of a deployment together can never, or not under load, stay within."""
    for deployment in intent.plan.deployments:
        for quota in facts.namespaces[deployment.namespace].quotas or ():
            if quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"):
                continue
            fewest = _beyond(quota, deployment, lambda replicas: replicas.min)
            for text in fewest.values():
                text = (
                    f"its endpoints {text} with `min` pods; lower the requests, or ask your cluster "
                    "administrator to raise the quota"
                )
                yield error(intent.namespace_problem(deployment.namespace, text))
            most = _beyond(quota, deployment, lambda replicas: replicas.max)
            for resource, text in most.items():
                if resource not in fewest:
                    text = f"its endpoints {text} with `max` pods; under load, some pods are refused"
                    yield advice(intent.namespace_problem(deployment.namespace, text))


def _beyond(quota: Object, deployment: DeploymentPlan, count: Callable[[Replicas], int]) -> Mapping[str, str]:
    """Return in words what is more than the quota has, by the name of the resource."""
    texts = {}
    for resource, hard in (quota["spec"].get("hard") or {}).items():
        needed = sum(
            (
                count(endpoint.replicas) * endpoint.taken_of_quota().get(quota_name(resource), Decimal())
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
    """Find metrics that are unavailable: the endpoints work, but never get more pods."""
    if facts.groups is None:
        return
    blind: dict[str, list[str]] = {}
    for endpoint in intent.endpoints:
        for group in _followed(endpoint.scaling):
            if not facts.groups.get(group):
                blind.setdefault(group, []).append(endpoint.address.prefix)
    for group, prefixes in blind.items():
        text = (
            f"{group} is unavailable in the cluster; {', '.join(prefixes)} will not scale above `min`, "
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


_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def check_storage(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find storage classes and claims that are not there: pods would wait for their volumes for ever."""
    for endpoint in intent.endpoints:
        for volume in endpoint.storage.volumes:
            if volume.claim is not None:
                yield from _check_claim(endpoint, volume.claim, facts.namespaces[endpoint.address.namespace])
            elif volume.memory is None:
                yield from _check_class(endpoint, volume, facts.storage_classes)


def _check_claim(endpoint: EndpointPlan, claim: str, seen: NamespaceFacts) -> Iterator[Finding]:
    if seen.claims is None:
        return
    names = [found["metadata"]["name"] for found in seen.claims]
    if claim in names:
        return
    text = f"the namespace {endpoint.address.namespace} has no PersistentVolumeClaim {claim}"
    # A PersistentVolumeClaim can be created only after its namespace.
    text += f"; {suggestion(claim, names)}" if seen.namespace else " yet; create it"
    yield advice(endpoint.definition.problem("shared-volumes", f"{text}; no pod starts until it exists"))


def _check_class(endpoint: EndpointPlan, volume: Volume, classes: Objects) -> Iterator[Finding]:
    if classes is None:
        return
    names = [found["metadata"]["name"] for found in classes]
    key = "workspace-volume"
    if volume.storage_class is not None and volume.storage_class not in names:
        wanted = volume.storage_class
        text = f"the cluster has no StorageClass {wanted}; {suggestion(wanted, names)}"
        yield error(endpoint.definition.problem(key, text))
    elif volume.storage_class is None and not any(
        (found["metadata"].get("annotations") or {}).get(_DEFAULT) == "true" for found in classes
    ):
        text = f"the cluster has no default StorageClass; set storage-class-name to one of: {listing(names)}"
        yield error(endpoint.definition.problem(key, text))
