"""Whether somebody serves the Ingresses."""

from collections.abc import Iterator

from endpoints.cluster.api import Objects
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, error
from endpoints.preflight.intent import Intent
from endpoints.targets import IngressRouter
from endpoints.wording import listing, suggestion

_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def default_class(classes: Objects) -> str | None:
    """Return the class of Ingresses that name none, if it is known."""
    for found in classes or ():
        if (found["metadata"].get("annotations") or {}).get(_DEFAULT) == "true":
            return str(found["metadata"]["name"])
    return None


def check_ingress_class(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a class that is not there: Ingresses of it are accepted, and nobody serves them."""
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


_NONE = "the cluster has no IngressClass at all; install an Ingress controller, see docs/clusters.md"
