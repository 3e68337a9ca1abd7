"""Waiting for a Deployment (await/deployment.go)."""

import asyncio
from typing import Final

from endpoints.resource_plugin.reporting import Reporter

from ..api.cluster import Cluster
from ..api.informer import Informers, Observation
from ..objects import GroupVersionKind, kind_of, name_of, namespace_of, whole_number
from ..values import JsonObject
from .explanation import explain, log_tail
from .loop import wait_until_ready
from .progress import Problem, Progress
from .rollout import assess_rollout, claim_names, current_pods

_REPLICA_SET: Final = GroupVersionKind("apps", "v1", "ReplicaSet")
_POD: Final = GroupVersionKind("", "v1", "Pod")
_CLAIM: Final = GroupVersionKind("", "v1", "PersistentVolumeClaim")

_BURST_SECONDS: Final = 0.1
"""Pause after a change before looking again: changes come in bursts, seen by everyone who waits."""

_MISSING_RIGHTS: Final = (
    "{}. Waiting needs the verbs list and watch on deployments, replicasets and pods, and on "
    "persistentvolumeclaims where pods mount them"
)


async def wait_for_deployment(
    cluster: Cluster,
    informers: Informers,
    written: JsonObject,
    *,
    timeout_seconds: float,
    cancelled: asyncio.Event,
    reporter: Reporter,
) -> JsonObject:
    """Wait until the Deployment, as written, is rolled out, and return it as it is then.

    Raises NotReadyError, also where a kind that must be watched may not be.
    """
    kinds = [kind_of(written), _REPLICA_SET, _POD, *([_CLAIM] if claim_names(written) else [])]
    async with informers.subscribed(kinds, namespace_of(written)) as observation:
        rollout = _WatchedRollout(cluster, observation, written)
        progress = await wait_until_ready(
            rollout, timeout_seconds=timeout_seconds, cancelled=cancelled, reporter=reporter
        )
    return progress.live


async def deployment_progress(cluster: Cluster, deployment: JsonObject) -> tuple[Progress, list[str]]:
    """Return how far the Deployment is at this moment and, if it is not ready, the reasons."""
    namespace = namespace_of(deployment)
    replica_sets = await cluster.list(_REPLICA_SET, namespace)
    pods = await cluster.list(_POD, namespace)
    claims = await cluster.list(_CLAIM, namespace) if claim_names(deployment) else []
    progress = assess_rollout(deployment, replica_sets, pods, claims, generation=0)
    if progress.ready:
        return progress, []
    own_pods = current_pods(deployment, replica_sets, pods)
    return progress, await explain(cluster, namespace, progress.problems, own_pods)


class _WatchedRollout:
    def __init__(self, cluster: Cluster, observation: Observation, written: JsonObject) -> None:
        self._cluster = cluster
        self._observation = observation
        self._written = written
        self._generation = whole_number(written, "metadata", "generation")
        self._version = observation.version
        self._was_seen = False

    def progress(self) -> Progress:
        for refusal in self._observation.refusals:
            return Progress(False, self._written, _MISSING_RIGHTS.format(refusal.message), failed=True)
        self._version = self._observation.version
        deployment = self._observation.find(kind_of(self._written), name_of(self._written))
        if deployment is None and self._was_seen:
            return Progress(False, self._written, "it was deleted by someone else", failed=True)
        self._was_seen = deployment is not None
        return assess_rollout(
            deployment or self._written,
            self._observation.objects(_REPLICA_SET),
            self._observation.objects(_POD),
            self._observation.objects(_CLAIM) if claim_names(self._written) else [],
            self._generation,
        )

    async def change(self, timeout_seconds: float) -> None:
        await self._observation.changed_since(self._version, timeout_seconds)
        await asyncio.sleep(min(_BURST_SECONDS, timeout_seconds))

    async def hint(self, problem: Problem) -> str:
        if not problem.crashed:
            return problem.summary
        lines = await log_tail(
            self._cluster, namespace_of(self._written), problem.pod, problem.container, lines=1
        )
        lines = lines or problem.last_words.splitlines()
        return f"{problem.summary}: {lines[-1]}" if lines else problem.summary

    async def reasons(self, progress: Progress) -> list[str]:
        own_pods = current_pods(
            progress.live, self._observation.objects(_REPLICA_SET), self._observation.objects(_POD)
        )
        return await explain(self._cluster, namespace_of(self._written), progress.problems, own_pods)
