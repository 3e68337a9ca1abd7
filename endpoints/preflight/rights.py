"""What the API server says of rights, and of pods that it is asked for and does not create."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from endpoints.cluster.api import Answer, Api, Object, UnreachableError
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.plan import DeploymentPlan
from endpoints.target import GatewayRouter, IngressRouter, Target

_OWN = ("get", "list", "watch", "create", "patch", "delete")
"""Pulumi's plugin follows what it makes and removes.

Without `list`, or without `watch`, it waits for ever and says nothing: it begins each watch with a list,
unless it is of 4.29 or later and the API server sends what there is with the watch.
"""
_SEEN = ("list", "watch")


@dataclass(frozen=True)
class Right:
    """A verb on a resource of an API group; the group of Kubernetes' first kinds is the empty text."""

    group: str
    resource: str
    verb: str
    name: str | None = None
    """The one object that it has to be a right to; None for all of the namespace."""

    def is_granted_by(self, rules: Iterable[Mapping[str, Any]]) -> bool:
        """Tell whether RBAC rules hold this right."""
        return any(
            _holds(rule.get("apiGroups"), self.group)
            and _holds(rule.get("resources"), self.resource)
            and _holds(rule.get("verbs"), self.verb)
            and (not rule.get("resourceNames") or self.name in rule["resourceNames"])
            for rule in rules
        )


def _holds(listed: Iterable[str] | None, wanted: str) -> bool:
    return bool({wanted, "*"} & set(listed or ()))


def needed_rights(plan: DeploymentPlan, target: Target) -> Iterator[Right]:
    """Return what deploying the plan and removing it again takes."""
    if target.makes_namespaces:
        for verb in _OWN:
            # RBAC knows no lists of one object.
            name = None if verb in _SEEN else plan.namespace
            yield Right("", "namespaces", verb, name)
        yield from _rights("", "serviceaccounts", _OWN)
    elif plan.namespace in target.handed_over:
        # What was made is let go of by reading it.
        yield Right("", "namespaces", "get", plan.namespace)
        yield Right("", "serviceaccounts", "get", SERVICE_ACCOUNT)
    yield from _rights("", "services", _OWN)
    yield from _rights("apps", "deployments", _OWN)
    # A rollout is followed through these.
    yield from _rights("apps", "replicasets", _SEEN)
    for resource in ("pods", "endpoints", "persistentvolumeclaims"):
        yield from _rights("", resource, _SEEN)
    match target.router:
        case IngressRouter():
            yield from _rights("networking.k8s.io", "ingresses", _OWN)
        case GatewayRouter():
            yield from _rights("gateway.networking.k8s.io", "httproutes", _OWN)
    endpoints = [endpoint for version in plan.versions for endpoint in version.endpoints]
    has_pull_secret = target.makes_namespaces and target.registry.pull_credentials is not None
    if has_pull_secret or any(endpoint.secret_environment for endpoint in endpoints):
        yield from _rights("", "secrets", _OWN)
    if any(endpoint.smoke_request and endpoint.smoke_request.via == "pod" for endpoint in endpoints):
        # A WebSocket is asked for by a GET; from Kubernetes 1.35 on that takes the right to create as well.
        yield from _rights("", "pods/portforward", ("get", "create"))
    if any(endpoint.replicas.min > 1 for endpoint in endpoints):
        yield from _rights("policy", "poddisruptionbudgets", _OWN)
    scalings = [endpoint.scaling for endpoint in endpoints]
    if any(scaling and scaling.keda is None for scaling in scalings):
        yield from _rights("autoscaling", "horizontalpodautoscalers", _OWN)
    if any(scaling and scaling.keda for scaling in scalings):
        yield from _rights("keda.sh", "scaledobjects", _OWN)
    if any(endpoint.metrics and endpoint.metrics.by_pod_monitor for endpoint in endpoints):
        yield from _rights("monitoring.coreos.com", "podmonitors", _OWN)
    if isinstance(target.router, IngressRouter) and target.router.tls and target.router.tls.issuer:
        yield from _rights("cert-manager.io", "certificates", _OWN)


def _rights(group: str, resource: str, verbs: Iterable[str]) -> Iterator[Right]:
    return (Right(group, resource, verb) for verb in verbs)


_REVIEWS = "/apis/authorization.k8s.io/v1"
_CREATED = 201


def missing_rights(api: Api, namespace: str, needed: Sequence[Right]) -> tuple[Right, ...] | None:
    """Return the rights that the account lacks in a namespace; None where the API server does not tell.

    The rules that hold there say it all where RBAC decides. Where somebody else does as well, as in most
    clouds, they may be incomplete: what they do not hold is asked for one by one.
    """
    answer = _post(api, f"{_REVIEWS}/selfsubjectrulesreviews", _review("SelfSubjectRulesReview", namespace))
    rules = answer.body.get("status", {}).get("resourceRules", ()) if answer.status == _CREATED else ()
    missing = []
    for right in needed:
        if right.is_granted_by(rules):
            continue
        granted = _is_granted(api, namespace, right)
        if granted is None:
            return None
        if not granted:
            missing.append(right)
    return tuple(missing)


def _is_granted(api: Api, namespace: str, right: Right) -> bool | None:
    resource, _, subresource = right.resource.partition("/")
    attributes = {
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "verb": right.verb,
        "namespace": namespace,
        "name": right.name or "",
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = _post(api, f"{_REVIEWS}/selfsubjectaccessreviews", review)
    return bool(answer.body["status"]["allowed"]) if answer.status == _CREATED else None


def refusal(api: Api, pod: Object) -> str | None:
    """Return why the API server would not create the pod; empty if it would, None where that is not told."""
    namespace = pod["metadata"]["namespace"]
    path = f"/api/v1/namespaces/{namespace}/pods?dryRun=All"
    answer = _post(api, path, pod)
    if "error looking up service account" in answer.message:
        # The account comes with the deployment. Another will do: it is not what pods are refused for.
        answer = _post(api, path, {**pod, "spec": {**pod["spec"], "serviceAccountName": "default"}})
    return _judge(answer)


def _judge(answer: Answer) -> str | None:
    message = answer.message
    match answer.status:
        case 201 | 404:
            return ""  # in a namespace that is not there yet nobody has limited anything
        case 403 if 'cannot create resource "pods"' in message:
            return None
        case 403 | 422:
            return message.partition("is forbidden: ")[2] or message
        case 400 if "denied the request" in message:
            return message
        case _:
            return None  # such as a webhook that takes no dry runs


def _review(kind: str, namespace: str) -> dict[str, Any]:
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": {"namespace": namespace}}


def _post(api: Api, path: str, body: Object) -> Answer:
    try:
        return api.post(path, body)
    except UnreachableError:
        return Answer(0)
