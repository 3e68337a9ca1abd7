"""Whether the extensions are installed that the stack uses."""

from collections.abc import Iterator

from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, error
from endpoints.preflight.intent import Intent
from endpoints.targets import GatewayRouter, IngressRouter
from endpoints.yaml_document import KeyPath


def check_interfaces(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find kinds of objects that the API server does not know."""
    for (group, version, resource), what, path in _used(intent):
        if facts.serves(group, version, resource) is False:
            text = f"the cluster has no {resource}.{group}/{version}, which {what}"
            yield error(intent.problem(path, text))


def _used(intent: Intent) -> Iterator[tuple[tuple[str, str, str], str, KeyPath]]:
    match intent.target.router:
        case GatewayRouter():
            routes = ("gateway.networking.k8s.io", "v1", "httproutes")
            what = "the Gateway API brings; install it with a router for it, or use routing: {kind: ingress}"
            yield routes, what, ("routing",)
        case IngressRouter(tls=tls) if tls is not None and tls.issuer is not None:
            certificates = ("cert-manager.io", "v1", "certificates")
            what = "cert-manager brings; install it, or name a Secret: tls: {secretName: ...}"
            yield certificates, what, ("routing", "tls", "issuer")
    scalings = (endpoint.replicas.scaling for endpoint in intent.endpoints)
    if any(scaling is not None and scaling.keda is not None for scaling in scalings):
        scaled_objects = ("keda.sh", "v1alpha1", "scaledobjects")
        what = "KEDA brings; install it, or remove `keda` from `scaling`"
        yield scaled_objects, what, ("deployments",)
    if any(endpoint.metrics is not None and endpoint.metrics.monitor for endpoint in intent.endpoints):
        pod_monitors = ("monitoring.coreos.com", "v1", "podmonitors")
        what = "the Prometheus operator brings; install it, or use metrics: {scrape: annotations}"
        yield pod_monitors, what, ("deployments",)
