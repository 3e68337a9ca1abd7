"""What the API server says of rights, and of pods that it is asked for and does not create."""

from collections.abc import Sequence
from typing import Any

from endpoints.cluster.api import Answer, Api, Object, UnreachableError
from endpoints.preflight.rights import Right

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
