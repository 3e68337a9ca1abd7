"""What a team's account may do in each of its namespaces, and nowhere else.

It is what `pulumi up`, `preview`, `refresh` and `destroy` of the endpoints program ask for, with smoke
requests right to pods, and what it takes to look at one's own pods and logs. What is missing is missing on
purpose: ResourceQuotas, LimitRanges, NetworkPolicies, tokens, Roles, the creation of Pods, `exec`, and any
change of Namespaces and ServiceAccounts.
"""

from collections.abc import Mapping

from endpoints.settings import RoutingKind

_OWN = ("get", "list", "watch", "create", "patch", "delete")
_SEEN = ("list", "watch")

Rule = Mapping[str, tuple[str, ...]]
"""A rule of an RBAC Role: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole"""

_ROUTES: Mapping[RoutingKind, Rule] = {
    "ingress": {"api_groups": ("networking.k8s.io",), "resources": ("ingresses",), "verbs": _OWN},
    "gateway": {
        "api_groups": ("gateway.networking.k8s.io",),
        "resources": ("httproutes",),
        "verbs": _OWN,
    },
}

_RULES: tuple[Rule, ...] = (
    {"api_groups": ("",), "resources": ("secrets",), "verbs": _OWN},
    {"api_groups": ("",), "resources": ("services",), "verbs": _OWN},
    {"api_groups": ("apps",), "resources": ("deployments",), "verbs": _OWN},
    {"api_groups": ("autoscaling",), "resources": ("horizontalpodautoscalers",), "verbs": _OWN},
    {"api_groups": ("policy",), "resources": ("poddisruptionbudgets",), "verbs": _OWN},
    # A rollout is followed through these, and what holds it up is told from them.
    {"api_groups": ("apps",), "resources": ("replicasets",), "verbs": _SEEN},
    {
        "api_groups": ("",),
        "resources": ("events", "endpoints", "persistentvolumeclaims"),
        "verbs": _SEEN,
    },
    {"api_groups": ("",), "resources": ("pods",), "verbs": ("get", *_SEEN)},
    {"api_groups": ("",), "resources": ("pods/log",), "verbs": ("get",)},
    {"api_groups": ("",), "resources": ("pods/portforward",), "verbs": ("get", "create")},
    # Previews see that both are there; a stack that has made them lets go of them by reading them.
    {"api_groups": ("",), "resources": ("namespaces", "serviceaccounts"), "verbs": ("get",)},
)


_MONITORS: Rule = {
    "api_groups": ("monitoring.coreos.com",),
    "resources": ("podmonitors",),
    "verbs": _OWN,
}


def rules(routing: RoutingKind, monitored: bool) -> tuple[Rule, ...]:
    """Return the rules of a team's Role, where requests are routed by Ingresses or by HTTPRoutes.

    Where endpoints are `monitored` at all, the team may tell Prometheus of its own.
    """
    return (*_RULES, _ROUTES[routing], *([_MONITORS] if monitored else []))
