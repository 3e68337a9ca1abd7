"""When objects count as ready that can be judged by themselves (await/job.go, pod.go, ingress.go, ...).

The program declares none of these with a wait; they are here so that it could. Differences from the
official plugin: a Service is waited for only if it is a load balancer (not for its endpoints), and an
Ingress only for its address.
"""

from collections.abc import Callable
from typing import Final

from ..objects import GroupVersionKind, condition, field, items, text, whole_number
from ..values import JsonObject
from .pods import pod_is_ready, pod_problems
from .progress import Progress

Assessment = Callable[[JsonObject], Progress]


def assess_pod(pod: JsonObject) -> Progress:
    """Ready: the pod's probes pass, or it has done its work."""
    phase = text(pod, "status", "phase")
    ready = pod_is_ready(pod) or phase == "Succeeded"
    return Progress(ready, pod, f"waiting for the pod (phase {phase or 'unknown'})", tuple(pod_problems(pod)))


def assess_job(job: JsonObject) -> Progress:
    """Ready: the Job is complete. A failed Job ends the wait at once."""
    failed = condition(job, "Failed")
    if text(failed, "status") == "True":
        return Progress(False, job, f"[{text(failed, 'reason')}] {text(failed, 'message')}", failed=True)
    done = whole_number(job, "status", "succeeded")
    complete = text(condition(job, "Complete"), "status") == "True"
    return Progress(complete, job, f"waiting for the Job to complete ({done} pods succeeded)")


def assess_stateful_set(stateful_set: JsonObject) -> Progress:
    """Ready: all replicas are ready and of the newest revision."""
    generation = whole_number(stateful_set, "metadata", "generation")
    if whole_number(stateful_set, "status", "observedGeneration") < generation:
        return Progress(False, stateful_set, "waiting for the StatefulSet's controller to see the change")
    wanted = field(stateful_set, "spec", "replicas")
    replicas = wanted if isinstance(wanted, int) else 1
    ready = whole_number(stateful_set, "status", "readyReplicas")
    status = field(stateful_set, "status")
    same_revision = field(status, "currentRevision") == field(status, "updateRevision")
    message = f"waiting for the pods of the current version ({ready} of {replicas} ready)"
    return Progress(ready >= replicas and same_revision, stateful_set, message)


def assess_ingress(ingress: JsonObject) -> Progress:
    """Ready: the router has published an address."""
    addresses = items(ingress, "status", "loadBalancer", "ingress")
    return Progress(bool(addresses), ingress, "waiting for the router to publish an address in the status")


def assess_service(service: JsonObject) -> Progress:
    """Ready: a load balancer has an address; other Services at once."""
    is_balancer = field(service, "spec", "type") == "LoadBalancer"
    addresses = items(service, "status", "loadBalancer", "ingress")
    return Progress(not is_balancer or bool(addresses), service, "waiting for the load balancer's address")


ASSESSMENTS: Final[dict[GroupVersionKind, Assessment]] = {
    GroupVersionKind("", "v1", "Pod"): assess_pod,
    GroupVersionKind("batch", "v1", "Job"): assess_job,
    GroupVersionKind("apps", "v1", "StatefulSet"): assess_stateful_set,
    GroupVersionKind("networking.k8s.io", "v1", "Ingress"): assess_ingress,
    GroupVersionKind("", "v1", "Service"): assess_service,
}
