"""The rights that a stack needs in the namespaces of its deployments, and no others.

They are the requests of `pulumi preview`, `up`, `refresh` and `destroy`, found by taking rights away until
one failed. docs/clusters.md has them as a Role.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from endpoints.address import SERVICE_ACCOUNT
from endpoints.plan import DeploymentPlan
from endpoints.targets import GatewayRouter, IngressRouter, Target

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
    if any(endpoint.replicas.minimum > 1 for endpoint in endpoints):
        yield from _rights("policy", "poddisruptionbudgets", _OWN)
    scalings = [endpoint.replicas.scaling for endpoint in endpoints]
    if any(scaling and scaling.keda is None for scaling in scalings):
        yield from _rights("autoscaling", "horizontalpodautoscalers", _OWN)
    if any(scaling and scaling.keda for scaling in scalings):
        yield from _rights("keda.sh", "scaledobjects", _OWN)
    if any(endpoint.metrics and endpoint.metrics.monitor for endpoint in endpoints):
        yield from _rights("monitoring.coreos.com", "podmonitors", _OWN)
    if isinstance(target.router, IngressRouter) and target.router.tls and target.router.tls.issuer:
        yield from _rights("cert-manager.io", "certificates", _OWN)


def _rights(group: str, resource: str, verbs: Iterable[str]) -> Iterator[Right]:
    return (Right(group, resource, verb) for verb in verbs)
