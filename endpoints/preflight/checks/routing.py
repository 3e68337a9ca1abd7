"""Checks that requests can reach the endpoints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from endpoints.cluster.api import Object, Objects
from endpoints.cluster.ownership import BY_PULUMI
from endpoints.plan import DeploymentPlan
from endpoints.preflight.facts import Facts, Finding, Intent, advice, error
from endpoints.preflight.listener import find_fault, takes_host, takes_namespace
from endpoints.stack_file import GatewayRouting
from endpoints.stack_file.cluster import IngressController
from endpoints.target import GatewayRouter, IngressRouter
from endpoints.wording import listing, suggestion

_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_NONE = "the cluster has no IngressClass; install an Ingress controller, see docs/clusters.md"


def default_class(classes: Objects) -> str | None:
    """Return the class of Ingresses that name none, if it is known."""
    for found in classes or ():
        if (found["metadata"].get("annotations") or {}).get(_DEFAULT) == "true":
            return str(found["metadata"]["name"])
    return None


def check_ingress_class(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a class that is not there: Ingresses of it are accepted, and no router serves them."""
    router = intent.target.router
    if not isinstance(router, IngressRouter) or facts.ingress_classes is None:
        return
    names = [found["metadata"]["name"] for found in facts.ingress_classes]
    if router.ingress_class is None and default_class(facts.ingress_classes) is None:
        text = f"the cluster has no default IngressClass; add ingressClass, one of: {listing(names)}"
        yield error(intent.problem(("routing",), text if names else _NONE))
    elif router.ingress_class is not None and router.ingress_class not in names:
        wanted = router.ingress_class
        text = f"the cluster has no IngressClass {wanted}; {suggestion(wanted, names)}"
        yield error(intent.problem(("routing", "ingressClass"), text if names else _NONE))


_NAMES_OF_CONTROLLERS: Mapping[IngressController, str] = {
    "traefik": "traefik.io/ingress-controller",
    "ingress-nginx": "k8s.io/ingress-nginx",
}
"""What IngressClasses have in `spec.controller`, by default."""


def check_controller(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a class that another controller serves, where the prefix is removed by what only one knows.

    An installation may give its controller a name of its own, hence advice; the name of a class that another
    of the known controllers serves is an error.
    """
    router = intent.target.router
    if not isinstance(router, IngressRouter) or router.controller is None:
        return
    if not any(endpoint.strips_prefix for endpoint in intent.endpoints):
        return
    wanted = router.ingress_class or default_class(facts.ingress_classes)
    for found in facts.ingress_classes or ():
        served_by = (found.get("spec") or {}).get("controller", "")
        if found["metadata"]["name"] != wanted or served_by == _NAMES_OF_CONTROLLERS[router.controller]:
            continue
        known = [name for name, full in _NAMES_OF_CONTROLLERS.items() if full == served_by]
        remedy = f"set controller: {known[0]}" if known else "use a Gateway unless it is the same program"
        text = (
            f"the controller of the IngressClass {wanted} is {served_by}, and prefix: strip is declared for "
            f"{router.controller}; {remedy}"
        )
        problem = intent.problem(("routing",), text)
        yield error(problem) if known else advice(problem)


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
    gateway, place = (
        router.gateway,
        f"the Gateway {router.gateway.name} of the namespace {router.gateway.namespace}",
    )
    if not facts.gateway:
        text = f"the cluster has no Gateway {gateway.name} in the namespace {gateway.namespace}"
        text += "; list the Gateways with `kubectl get gateways --all-namespaces`"
        yield error(intent.problem(("routing", "gateway"), text))
        return
    listeners = facts.gateway[0]["spec"].get("listeners", [])
    chosen = [listener for listener in listeners if gateway.listener in (None, listener["name"])]
    of_host = [listener for listener in chosen if takes_host(listener, router.host)]
    if not chosen:
        known = [found["name"] for found in listeners]
        text = f"{place} has no listener {gateway.listener}; {suggestion(str(gateway.listener), known)}"
        yield error(intent.problem(("routing", "gateway", "listener"), text))
    elif not of_host:
        hosts = listing({listener["hostname"] for listener in chosen})
        text = f"{place} has no listener for the host {router.host}; the hostnames of its listeners: {hosts}"
        yield error(intent.problem(("routing", "host"), text))
    else:
        for deployment in intent.plan.deployments:
            yield from _of_namespace(intent, facts, deployment, place, of_host)
        yield from _scheme(intent, place, of_host)


def _of_namespace(
    intent: Intent, facts: Facts, deployment: DeploymentPlan, place: str, listeners: Sequence[Object]
) -> Iterator[Finding]:
    """Find that no listener takes the deployment's routes, or what is wrong with those that do."""
    (gateway,) = facts.gateway or ()
    labels, of_gateway = _labels(deployment, facts), gateway["metadata"]["namespace"]
    taking = [
        listener
        for listener in listeners
        if takes_namespace(listener, of_gateway, deployment.namespace, labels)
    ]
    if taking:
        yield from _faults(intent, place, gateway, taking)
        return
    text = (
        f"{place} does not allow routes from the namespace {deployment.namespace}; its owner "
        "can allow them with allowedRoutes.namespaces of a listener, see docs/stack-file.md"
    )
    yield error(intent.problem(("routing", "gateway"), text))


def _faults(intent: Intent, place: str, gateway: Object, taking: Sequence[Object]) -> Iterator[Finding]:
    """Find what keeps listeners from answering; where another one answers, only those of the URLs' scheme."""
    found = [(listener, find_fault(gateway, listener)) for listener in taking]
    none_answers = all(fault is not None for _, fault in found)
    is_certain = all(fault is not None and not fault.may_pass for _, fault in found)
    for listener, fault in found:
        if fault is not None and (none_answers or _is_of_scheme(intent, listener)):
            text = (
                f"the listener {listener['name']} of {place} is not ready: {fault.text}; see "
                f"{_describe(gateway)}"
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
                f"is https, but {place} also accepts the routes without TLS on {listing(open_ones)}; "
                "set gateway.listener to one with the protocol HTTPS"
            )
            yield advice(intent.problem(("routing", "scheme"), text))


def _labels(deployment: DeploymentPlan, facts: Facts) -> dict[str, str]:
    """Return the labels of the namespace: those that it has, and those that it will get."""
    seen = facts.namespaces[deployment.namespace].namespace
    found = (seen[0]["metadata"].get("labels") or {}) if seen else {}
    return {_NAMESPACE_NAME: deployment.namespace, **deployment.labels, **found}


@dataclass(frozen=True)
class _Routed:
    """A path that an existing route serves; `host` None means every host."""

    owner: str
    host: str | None
    path: str


def check_collisions(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find prefixes that another route also serves: a router chooses one of them without a message."""
    host = intent.target.router.host
    prefixes = [endpoint.address.prefix for endpoint in intent.endpoints]
    prefixes += [alias.prefix for deployment in intent.plan.deployments for alias in deployment.aliases]
    for routed in _foreign(intent, facts):
        if None not in (routed.host, host) and routed.host != host:
            continue
        for prefix in prefixes:
            where = f"{routed.path}{f' of the host {routed.host}' if routed.host else ''}"
            if routed.path == prefix and routed.host == host:
                text = (
                    f"{routed.owner} routes {where} already; remove that route, or rename the "
                    "version or alias"
                )
                yield error(intent.problem(("routing",), text))
            elif routed.path == prefix or routed.path.startswith(f"{prefix}/"):
                text = f"{routed.owner} routes {where}, so these requests do not reach {prefix}"
                yield advice(intent.problem(("routing",), f"{text}; check that this is intended"))


def _foreign(intent: Intent, facts: Facts) -> Iterator[_Routed]:
    """Return what others route at the same router."""
    for route in facts.routes or ():
        metadata = route["metadata"]
        labels = metadata.get("labels") or {}
        if metadata["namespace"] in intent.namespaces and BY_PULUMI.items() <= labels.items():
            continue
        owner = f"{metadata['name']} of the namespace {metadata['namespace']}"
        match intent.target.router:
            case IngressRouter(ingress_class=wanted):
                default = default_class(facts.ingress_classes)
                if (route["spec"].get("ingressClassName") or default) == (wanted or default):
                    yield from _of_ingress(route, f"the Ingress {owner}")
            case GatewayRouter(gateway=gateway):
                parents = {
                    (parent.get("namespace", metadata["namespace"]), parent["name"])
                    for parent in route["spec"].get("parentRefs", ())
                }
                if (gateway.namespace, gateway.name) in parents:
                    yield from _of_http_route(route, f"the HTTPRoute {owner}")


def _of_ingress(route: Object, owner: str) -> Iterator[_Routed]:
    for rule in route["spec"].get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            yield _Routed(owner, rule.get("host"), path.get("path", "/").rstrip("/"))


def _of_http_route(route: Object, owner: str) -> Iterator[_Routed]:
    for host in route["spec"].get("hostnames") or (None,):
        for rule in route["spec"].get("rules") or ():
            for match in rule.get("matches") or ():
                yield _Routed(owner, host, (match.get("path") or {}).get("value", "/").rstrip("/"))
