"""Looks at the pods of a rollout: those of the workload's newest revision, not those that they replace."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from endpoints.cluster.api import Api, Object, selecting
from endpoints.cluster.quantities import requested
from endpoints.rollout.troubles import Trouble, needs_events, pod_troubles, refusals

_REVISION = "deployment.kubernetes.io/revision"

HOLDS = "the pod that it replaces"
"""Words of a message about a rollout that waits for its own old pod, which waits for the new one."""

_LACKING = re.compile(r"Insufficient ([\w.-]+/[\w.-]*\w)")
"""A device that the scheduler finds on no node; CPU and memory may come with another node."""


def look(api: Api, namespace: str, workload: str, selector: Mapping[str, str]) -> Iterator[Trouble]:
    """Yield what keeps a workload's new pods from being ready; nothing where that may not be seen.

    `selector` are the labels that find pods and ReplicaSets. The requests are covered by docs/clusters.md's
    Role; without its right to events what they tell is missing.
    """
    found = api.find(f"/apis/apps/v1/namespaces/{namespace}/deployments/{workload}")
    if not found or not _is_observed(found[0]):
        return
    replica_sets = api.list(selecting(f"/apis/apps/v1/namespaces/{namespace}/replicasets", labels=selector))
    current = {
        str(replica_set["metadata"]["uid"])
        for replica_set in replica_sets or ()
        if _revision(replica_set) == _revision(found[0])
    }
    pods = [
        pod
        for pod in api.list(selecting(f"/api/v1/namespaces/{namespace}/pods", labels=selector)) or ()
        if not _is_ending(pod)
    ]
    replaced = [pod for pod in pods if not current & _owners(pod)]
    troubles = [*refusals(found[0])]
    for pod in pods:
        if current & _owners(pod):
            troubles += pod_troubles(pod, api.events(pod) if needs_events(pod) else ())
    for trouble in troubles:
        yield _with_holder(trouble, replaced)


def _with_holder(trouble: Trouble, replaced: Sequence[Object]) -> Trouble:
    """Name the old pod that holds what a new one waits for: a device, or its share of a quota."""
    lacking = _LACKING.findall(trouble.message) if trouble.reason == "Unschedulable" else []
    is_quota = not trouble.pod and "exceeded quota" in trouble.message
    for pod in replaced:
        held = [name for name in lacking if requested(pod, name)]
        if held or is_quota:
            what = f"{' and '.join(held)} on its node" if held else "its share of the quota"
            holder = f"{HOLDS}, {pod['metadata']['name']}, holds {what} until then"
            return replace(trouble, message=f"{trouble.message.rstrip('.')}; {holder}")
    return trouble


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
