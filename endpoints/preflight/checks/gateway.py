"""Whether the Gateway lets the routes in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from endpoints.cluster_api import Object
from endpoints.plan import DeploymentPlan
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent
from endpoints.settings import GatewayRouting
from endpoints.targets import GatewayRouter
from endpoints.wording import listing, suggestion

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""A label that every namespace has by itself."""


def check_gateway(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a Gateway that is missing, lacks the listener, or lets a namespace or the stated scheme not in."""
    router = intent.target.router
    served = facts.serves("gateway.networking.k8s.io", "v1", "httproutes")
    if not isinstance(router, GatewayRouter) or facts.gateway is None or served is False:
        return
    name, namespace, wanted = router.gateway.name, router.gateway.namespace, router.gateway.listener
    place = f"the Gateway {name} of the namespace {namespace}"
    if not facts.gateway:
        text = f"the cluster has no Gateway {name} in the namespace {namespace}"
        text += "; `kubectl get gateways --all-namespaces` lists those that it has"
        yield error(intent.problem(("routing", "gateway"), text))
        return
    listeners = facts.gateway[0]["spec"].get("listeners", [])
    chosen = [listener for listener in listeners if wanted in (None, listener["name"])]
    if not chosen:
        known = [found["name"] for found in listeners]
        text = f"{place} has no listener {wanted}; {suggestion(str(wanted), known)}"
        yield error(intent.problem(("routing", "gateway", "listener"), text))
        return
    for deployment in intent.plan.deployments:
        if not any(_lets_in(listener, namespace, deployment, facts) for listener in chosen):
            text = (
                f"{place} does not let routes of the namespace {deployment.namespace} in; its owner can by "
                "allowedRoutes.namespaces of a listener, see docs/stack-file.md"
            )
            yield error(intent.problem(("routing", "gateway"), text))
    yield from _scheme(intent, place, chosen)


def _scheme(intent: Intent, place: str, chosen: Iterable[Object]) -> Iterator[Finding]:
    """Find listeners without TLS that would take routes whose URLs are to begin with https."""
    routing = intent.settings.routing
    if isinstance(routing, GatewayRouting) and routing.scheme == "https":
        open_ones = [listener["name"] for listener in chosen if listener["protocol"] not in _WITH_TLS]
        if open_ones:
            text = (
                f"is https, and {place} takes the routes without TLS by {listing(open_ones)}; "
                "set gateway.listener to one with the protocol HTTPS"
            )
            yield advice(intent.problem(("routing", "scheme"), text))


_WITH_TLS = ("HTTPS", "TLS")
"""Protocols of listeners: https://gateway-api.sigs.k8s.io/reference/spec/#protocoltype"""


def _lets_in(listener: Object, own: str, deployment: DeploymentPlan, facts: Facts) -> bool:
    """Tell whether a listener takes routes of the deployment's namespace; doubts count for it."""
    allowed = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    match allowed.get("from", "Same"):
        case "Same":
            return deployment.namespace == own
        case "Selector":
            selected = (allowed.get("selector") or {}).get("matchLabels") or {}
            return selected.items() <= _labels(deployment, facts).items()
        case kind:
            return bool(kind != "None")


def _labels(deployment: DeploymentPlan, facts: Facts) -> Mapping[str, Any]:
    """Return the labels of the namespace: those that it has, and those that it will get."""
    seen = facts.namespaces[deployment.namespace].namespace
    found = (seen[0]["metadata"].get("labels") or {}) if seen else {}
    return {_NAMESPACE_NAME: deployment.namespace, **deployment.labels, **found}
