"""What the API server says of rights, and of pods that it is asked for and does not create."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from endpoints.cluster import rbac
from endpoints.cluster.api import Answer, Api, Object, UnreachableError
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.cluster.rbac import Rule
from endpoints.plan import DeploymentPlan
from endpoints.target import GatewayRouter, IngressRouter, Target


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
        for right in _rights(rbac.NAMESPACES):
            # RBAC knows no lists of one object.
            yield right if right.verb in rbac.SEEN else replace(right, name=plan.namespace)
        yield from _rights(rbac.SERVICE_ACCOUNTS)
    elif plan.namespace in target.handed_over:
        # What was made is let go of by reading it.
        yield Right("", "namespaces", "get", plan.namespace)
        yield Right("", "serviceaccounts", "get", SERVICE_ACCOUNT)
    for rule in _needed_rules(plan, target):
        yield from _rights(rule)


def _needed_rules(plan: DeploymentPlan, target: Target) -> Iterator[Rule]:
    endpoints = [endpoint for version in plan.versions for endpoint in version.endpoints]
    yield from (rbac.SERVICES, rbac.DEPLOYMENTS, rbac.REPLICA_SETS, rbac.PODS, rbac.ENDPOINTS_AND_CLAIMS)
    match target.router:
        case IngressRouter(tls=tls, controller=controller):
            yield rbac.INGRESSES
            if controller == "traefik" and any(endpoint.strips_prefix for endpoint in endpoints):
                yield rbac.MIDDLEWARES
            if tls is not None and tls.issuer is not None:
                yield rbac.CERTIFICATES
        case GatewayRouter():
            yield rbac.HTTP_ROUTES
    has_pull_secret = target.makes_namespaces and target.registry.pull_credentials is not None
    if has_pull_secret or any(endpoint.secret_environment for endpoint in endpoints):
        yield rbac.SECRETS
    if any(endpoint.smoke_request and endpoint.smoke_request.via == "pod" for endpoint in endpoints):
        yield rbac.PORT_FORWARDS
    if any(endpoint.replicas.min > 1 for endpoint in endpoints):
        yield rbac.DISRUPTION_BUDGETS
    scalings = [endpoint.scaling for endpoint in endpoints]
    if any(scaling and scaling.keda is None for scaling in scalings):
        yield rbac.AUTOSCALERS
    if any(scaling and scaling.keda for scaling in scalings):
        yield rbac.SCALED_OBJECTS
    if any(endpoint.metrics and endpoint.metrics.by_pod_monitor for endpoint in endpoints):
        yield rbac.POD_MONITORS


def _rights(rule: Rule) -> Iterator[Right]:
    return (Right(rule.group, resource, verb) for resource in rule.resources for verb in rule.verbs)


_REVIEWS = "/apis/authorization.k8s.io/v1"
_CREATED = 201


def missing_rights(api: Api, namespace: str, needed: Sequence[Right]) -> tuple[Right, ...] | None:
    """Return the rights that the account lacks in a namespace; None where the API server does not tell.

    The rules of the namespace are complete if RBAC decides alone. If another authorizer decides as well, as
    in most clouds, they may be incomplete: what they do not hold is asked for one by one.
    """
    answer = post(api, f"{_REVIEWS}/selfsubjectrulesreviews", _review("SelfSubjectRulesReview", namespace))
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
    answer = post(api, f"{_REVIEWS}/selfsubjectaccessreviews", review)
    return bool(answer.body["status"]["allowed"]) if answer.status == _CREATED else None


def refusal(api: Api, pod: Object) -> str | None:
    """Return why the API server would not create the pod; empty if it would, None where that is not told."""
    namespace = pod["metadata"]["namespace"]
    path = f"/api/v1/namespaces/{namespace}/pods?dryRun=All"
    answer = post(api, path, pod)
    if "error looking up service account" in answer.message:
        # The account comes with the deployment. Another will do: it is not what pods are refused for.
        answer = post(api, path, {**pod, "spec": {**pod["spec"], "serviceAccountName": "default"}})
    return _judge(answer)


def _judge(answer: Answer) -> str | None:
    message = answer.message
    match answer.status:
        case 201 | 404:
            return ""  # a namespace that does not exist yet has no limits
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


def post(api: Api, path: str, body: Object) -> Answer:
    """Return the answer to a POST; status 0 where there is none."""
    try:
        return api.post(path, body)
    except UnreachableError:
        return Answer(0)
