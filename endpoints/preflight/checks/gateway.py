"""Whether the Gateway lets the routes in, and answers for them."""

from collections.abc import Iterator, Sequence

from endpoints.cluster.api import Object
from endpoints.plan import DeploymentPlan
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent
from endpoints.preflight.listener import find_fault, takes_host, takes_namespace
from endpoints.settings import GatewayRouting
from endpoints.targets import GatewayRouter
from endpoints.wording import listing, suggestion

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""A label that every namespace has by itself."""

_WITH_TLS = ("HTTPS", "TLS")
"""Protocols of listeners: https://gateway-api.sigs.k8s.io/reference/spec/#protocoltype"""


def check_gateway(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a Gateway that is missing, lacks the listener, lets routes not in, or does not answer for them.

    Routes need a listener that takes their namespace and host, and that the router serves: one without its
    certificate is none.
    """
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
    of_host = [listener for listener in chosen if takes_host(listener, router.host)]
    if not of_host:
        hosts = listing({listener["hostname"] for listener in chosen})
        text = f"{place} takes no routes of the host {router.host}; the hostnames of its listeners: {hosts}"
        yield error(intent.problem(("routing", "host"), text))
        return
    for deployment in intent.plan.deployments:
        labels = _labels(deployment, facts)
        taking = [
            listener
            for listener in of_host
            if takes_namespace(listener, namespace, deployment.namespace, labels)
        ]
        if taking:
            yield from _faults(intent, place, facts.gateway[0], taking)
        else:
            text = (
                f"{place} does not let routes of the namespace {deployment.namespace} in; its owner can by "
                "allowedRoutes.namespaces of a listener, see docs/stack-file.md"
            )
            yield error(intent.problem(("routing", "gateway"), text))
    yield from _scheme(intent, place, of_host)


def _faults(intent: Intent, place: str, gateway: Object, taking: Sequence[Object]) -> Iterator[Finding]:
    """Find what keeps listeners from answering; where another one answers, only those of the URLs' scheme."""
    found = [(listener, find_fault(gateway, listener)) for listener in taking]
    none_answers = all(fault is not None for _, fault in found)
    is_certain = all(fault is not None and not fault.may_pass for _, fault in found)
    for listener, fault in found:
        if fault is not None and (none_answers or _is_of_scheme(intent, listener)):
            text = (
                f"the listener {listener['name']} of {place} does not serve: {fault.text}; "
                f"{_describe(gateway)} shows all of it"
            )
            problem = intent.problem(("routing", "gateway"), text)
            yield error(problem) if is_certain else advice(problem)


def _describe(gateway: Object) -> str:
    own = gateway["metadata"]
    return f"`kubectl describe gateway --namespace {own['namespace']} {own['name']}`"


def _says_https(intent: Intent) -> bool:
    """Tell whether the stack file says that URLs begin with https."""
    routing = intent.settings.routing
    return isinstance(routing, GatewayRouting) and routing.scheme == "https"


def _is_of_scheme(intent: Intent, listener: Object) -> bool:
    return _says_https(intent) == (listener["protocol"] in _WITH_TLS)


def _scheme(intent: Intent, place: str, chosen: Sequence[Object]) -> Iterator[Finding]:
    """Find listeners without TLS that would take routes whose URLs are to begin with https."""
    if _says_https(intent):
        open_ones = [listener["name"] for listener in chosen if listener["protocol"] not in _WITH_TLS]
        if open_ones:
            text = (
                f"is https, and {place} takes the routes without TLS by {listing(open_ones)}; "
                "set gateway.listener to one with the protocol HTTPS"
            )
            yield advice(intent.problem(("routing", "scheme"), text))


def _labels(deployment: DeploymentPlan, facts: Facts) -> dict[str, str]:
    """Return the labels of the namespace: those that it has, and those that it will get."""
    seen = facts.namespaces[deployment.namespace].namespace
    found = (seen[0]["metadata"].get("labels") or {}) if seen else {}
    return {_NAMESPACE_NAME: deployment.namespace, **deployment.labels, **found}
