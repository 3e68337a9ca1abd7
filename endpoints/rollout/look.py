"""Looks at the pods of a rollout: those of the workload's newest revision, not those that they replace."""

from collections.abc import Iterator, Mapping

from endpoints.cluster.api import Api, Object, selecting
from endpoints.deployed.troubles import Trouble, needs_events, pod_troubles, refusals

_REVISION = "deployment.kubernetes.io/revision"


def look(api: Api, namespace: str, workload: str, selector: Mapping[str, str]) -> Iterator[Trouble]:
    """Yield what keeps a workload's new pods from being ready; nothing where that may not be seen.

    `selector` are the labels that find pods and ReplicaSets. The requests are covered by docs/clusters.md's
    Role; without its right to events what they tell is missing.
    """
    found = api.find(f"/apis/apps/v1/namespaces/{namespace}/deployments/{workload}")
    if not found or not _is_observed(found[0]):
        return
    yield from refusals(found[0])
    replica_sets = api.list(selecting(f"/apis/apps/v1/namespaces/{namespace}/replicasets", labels=selector))
    current = {
        str(replica_set["metadata"]["uid"])
        for replica_set in replica_sets or ()
        if _revision(replica_set) == _revision(found[0])
    }
    for pod in api.list(selecting(f"/api/v1/namespaces/{namespace}/pods", labels=selector)) or ():
        if _is_ending(pod) or not current & _owners(pod):
            continue
        yield from pod_troubles(pod, api.events(pod) if needs_events(pod) else ())


def _is_observed(workload: Object) -> bool:
    """Whether what its controller says is about the workload as it is now."""
    observed = workload.get("status", {}).get("observedGeneration")
    return bool(observed == workload["metadata"].get("generation"))


def _revision(described: Object) -> str | None:
    return (described["metadata"].get("annotations") or {}).get(_REVISION)


def _is_ending(pod: Object) -> bool:
    return pod["metadata"].get("deletionTimestamp") is not None


def _owners(pod: Object) -> set[str]:
    return {str(owner["uid"]) for owner in pod["metadata"].get("ownerReferences") or ()}
