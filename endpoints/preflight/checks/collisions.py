"""Whether somebody else routes the same addresses."""

from collections.abc import Iterator
from dataclasses import dataclass

from endpoints.cluster.api import Object
from endpoints.preflight.checks.ingress_class import default_class
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent
from endpoints.targets import GatewayRouter, IngressRouter

_OWN = {"app.kubernetes.io/managed-by": "pulumi"}


@dataclass(frozen=True)
class _Routed:
    """A path that somebody routes; `host` None means every host."""

    owner: str
    host: str | None
    path: str


def check_collisions(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find prefixes that lead somewhere else as well: a router chooses one of them, and tells nobody."""
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
                    f"{routed.owner} routes {where} already; remove it there, or rename the version or alias"
                )
                yield error(intent.problem(("routing",), text))
            elif routed.path == prefix or routed.path.startswith(f"{prefix}/"):
                text = f"{routed.owner} routes {where}, and takes these requests from {prefix}"
                yield advice(intent.problem(("routing",), f"{text}; see that this is meant"))


def _foreign(intent: Intent, facts: Facts) -> Iterator[_Routed]:
    """Return what others route at the same router."""
    for route in facts.routes or ():
        metadata = route["metadata"]
        labels = metadata.get("labels") or {}
        if metadata["namespace"] in intent.namespaces and _OWN.items() <= labels.items():
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
