"""When a Deployment counts as rolled out (await/deployment.go).

All of these must hold: its controller has seen the newest generation; the ReplicaSet of the current
revision exists and has all its replicas ready; the condition Available is true; from the second revision
on, the condition Progressing says that the new ReplicaSet is available; claims that its pods mount are
bound.
"""

from typing import Final

from ..objects import (
    annotation_of,
    condition,
    field,
    is_owned_by,
    items,
    name_of,
    text,
    whole_number,
)
from ..values import JsonObject
from .pods import pod_problems
from .progress import Problem, Progress

_REVISION: Final = "deployment.kubernetes.io/revision"


def assess_rollout(
    deployment: JsonObject,
    replica_sets: list[JsonObject],
    pods: list[JsonObject],
    claims: list[JsonObject],
    generation: int,
) -> Progress:
    """Return how far the rollout is.

    The lists may hold objects of others; `generation` is that of the Deployment as last written, so that an
    older state of it is not taken for the new one.
    """
    observed = whole_number(deployment, "status", "observedGeneration")
    if whole_number(deployment, "metadata", "generation") < generation or observed < max(generation, 1):
        return Progress(False, deployment, "waiting for the Deployment's controller to see the change")
    revision = annotation_of(deployment, _REVISION)
    current = _current_replica_set(deployment, replica_sets, revision)
    if current is None:
        return Progress(
            False,
            deployment,
            "waiting for the Deployment's controller to make a ReplicaSet",
            tuple(_condition_problems(deployment)),
        )
    wanted = field(current, "spec", "replicas")
    replicas = wanted if isinstance(wanted, int) else 1
    ready = whole_number(current, "status", "readyReplicas")
    unbound = _unbound_claims(deployment, claims)
    is_ready = (
        ready >= replicas
        and not unbound
        and text(condition(deployment, "Available"), "status") == "True"
        and (revision == "1" or _new_replica_set_is_available(deployment))
    )
    message = f"waiting for the pods of the current version ({ready} of {replicas} ready)"
    if is_ready:
        return Progress(True, deployment, message)
    own_pods = [pod for pod in pods if is_owned_by(pod, current)]
    problems = [
        *_condition_problems(deployment),
        *_condition_problems(current),
        *(Problem(f"PersistentVolumeClaim {name} is not bound") for name in unbound),
        *(problem for pod in own_pods for problem in pod_problems(pod)),
    ]
    return Progress(False, deployment, message, tuple(dict.fromkeys(problems)))


def claim_names(deployment: JsonObject) -> list[str]:
    """Return the PersistentVolumeClaims that the Deployment's pods mount."""
    volumes = items(deployment, "spec", "template", "spec", "volumes")
    names = (text(volume, "persistentVolumeClaim", "claimName") for volume in volumes)
    return [name for name in names if name]


def current_pods(
    deployment: JsonObject, replica_sets: list[JsonObject], pods: list[JsonObject]
) -> list[JsonObject]:
    """Return the pods of the Deployment's current revision."""
    current = _current_replica_set(deployment, replica_sets, annotation_of(deployment, _REVISION))
    return [pod for pod in pods if current is not None and is_owned_by(pod, current)]


def _current_replica_set(
    deployment: JsonObject, replica_sets: list[JsonObject], revision: str
) -> JsonObject | None:
    for replica_set in replica_sets:
        if is_owned_by(replica_set, deployment) and annotation_of(replica_set, _REVISION) == revision != "":
            return replica_set
    return None


def _new_replica_set_is_available(deployment: JsonObject) -> bool:
    progressing = condition(deployment, "Progressing")
    return text(progressing, "status") == "True" and text(progressing, "reason") == "NewReplicaSetAvailable"


def _condition_problems(kubernetes_object: JsonObject) -> list[Problem]:
    """Return what conditions complain of: pods refused by quota, limits or Pod Security, no progress."""
    problems = []
    refused = condition(kubernetes_object, "ReplicaFailure")
    if text(refused, "status") == "True":
        problems.append(Problem(f"[{text(refused, 'reason')}] {text(refused, 'message')}"))
    progressing = condition(kubernetes_object, "Progressing")
    if text(progressing, "status") == "False":
        problems.append(Problem(f"[{text(progressing, 'reason')}] {text(progressing, 'message')}"))
    return problems


def _unbound_claims(deployment: JsonObject, claims: list[JsonObject]) -> list[str]:
    bound = {name_of(claim) for claim in claims if text(claim, "status", "phase") == "Bound"}
    return [name for name in claim_names(deployment) if name not in bound]
