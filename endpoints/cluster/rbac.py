"""The rights that deploying takes, as rules of an RBAC Role.

The Role of a team on a managed cluster is made of them, and previews ask whether an account has them.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
"""

from dataclasses import dataclass

OWN = ("get", "list", "watch", "create", "patch", "delete")
"""Verbs for what a stack makes and removes.

Pulumi's plugin follows it. Without `list`, or without `watch`, it waits for ever and says nothing: it begins
each watch with a list, unless it is of 4.29 or later and the API server sends what there is with the watch.
"""

SEEN = ("list", "watch")
"""Verbs for what a rollout is followed through."""


@dataclass(frozen=True)
class Rule:
    """A rule for resources of one API group; the group of Kubernetes' first kinds is the empty text."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...] = OWN


NAMESPACES = Rule("", ("namespaces",))
SERVICE_ACCOUNTS = Rule("", ("serviceaccounts",))
SECRETS = Rule("", ("secrets",))
SERVICES = Rule("", ("services",))
DEPLOYMENTS = Rule("apps", ("deployments",))
AUTOSCALERS = Rule("autoscaling", ("horizontalpodautoscalers",))
DISRUPTION_BUDGETS = Rule("policy", ("poddisruptionbudgets",))
INGRESSES = Rule("networking.k8s.io", ("ingresses",))
HTTP_ROUTES = Rule("gateway.networking.k8s.io", ("httproutes",))
MIDDLEWARES = Rule("traefik.io", ("middlewares",))
SCALED_OBJECTS = Rule("keda.sh", ("scaledobjects",))
POD_MONITORS = Rule("monitoring.coreos.com", ("podmonitors",))
CERTIFICATES = Rule("cert-manager.io", ("certificates",))
REPLICA_SETS = Rule("apps", ("replicasets",), SEEN)
ENDPOINTS_AND_CLAIMS = Rule("", ("endpoints", "persistentvolumeclaims"), SEEN)
PODS = Rule("", ("pods",), SEEN)
# A WebSocket is asked for by a GET; from Kubernetes 1.35 on that takes the right to create as well.
PORT_FORWARDS = Rule("", ("pods/portforward",), ("get", "create"))
