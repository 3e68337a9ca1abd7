"""A listener of a Gateway: which routes it takes, and what the router says of it.

https://gateway-api.sigs.k8s.io/reference/spec/#listener has the fields and the conditions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from endpoints.cluster.api import Object

_SERVED_IF_TRUE = ("Accepted", "Programmed")
"""Conditions of a listener; if one of them is false, the listener serves no requests."""

_WILDCARD = "*."


@dataclass(frozen=True)
class Fault:
    """Why a listener serves no requests, in the router's words, with what to do if that is known.

    `may_pass` where the router has not decided: it has yet to see the Gateway, or is about to open the port.
    """

    text: str
    may_pass: bool


def takes_namespace(listener: Object, own: str, name: str, labels: Mapping[str, str]) -> bool:
    """Tell whether a listener of a Gateway in the namespace `own` takes routes of the namespace `name`.

    Of a selector `matchLabels` alone is judged: what only `matchExpressions` leave out counts as taken.
    """
    allowed = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    match allowed.get("from", "Same"):
        case "Same":
            return name == own
        case "Selector":
            selected = (allowed.get("selector") or {}).get("matchLabels") or {}
            return bool(selected.items() <= labels.items())
        case kind:
            return bool(kind != "None")


def takes_host(listener: Object, host: str | None) -> bool:
    """Tell whether a listener takes routes of a host; None is a route of whatever host the listener has.

    `*.example` takes every name below `example`, of however many labels, and not `example` itself.
    """
    own = listener.get("hostname")
    if not own or host is None:
        return True
    return host.endswith(own[1:]) if own.startswith(_WILDCARD) else host == own


def find_fault(gateway: Object, listener: Object) -> Fault | None:
    """Return why a listener serves no requests; None if it serves requests, or nothing is known.

    What the router said of the Gateway before it was changed is not known to hold any more, and counts for
    nothing. A listener of which it says nothing is as the Gateway itself.
    """
    status = gateway.get("status") or {}
    of_listener = [found for found in status.get("listeners") or () if found["name"] == listener["name"]]
    conditions = [
        found
        for found in (of_listener[0] if of_listener else status).get("conditions") or ()
        # A cluster's default, written before any router came, names no generation.
        if found.get("observedGeneration", 0) in (0, gateway["metadata"].get("generation"))
    ]
    missed = [found for found in conditions if found["type"] in _SERVED_IF_TRUE and found["status"] != "True"]
    if not missed:
        return None
    may_pass = all(found["status"] == "Unknown" or found["reason"] == "Pending" for found in missed)
    # These say why, where the others say no more than that something is invalid.
    causes = [found for found in conditions if _is_cause(found)] or missed
    told = dict.fromkeys(_words(found) for found in causes)
    return Fault("; ".join((*told, *_remedies(causes, gateway, listener))), may_pass)


def _is_cause(condition: Object) -> bool:
    return (condition["type"], condition["status"]) in {("ResolvedRefs", "False"), ("Conflicted", "True")}


def _words(condition: Object) -> str:
    """Return what a condition says, on one line: a router's message is its own text."""
    return " ".join(f"{condition.get('message', '')} ({condition['reason']})".split())


def _remedies(causes: Sequence[Object], gateway: Object, listener: Object) -> Iterator[str]:
    reasons = {found["reason"] for found in causes}
    if "InvalidCertificateRef" in reasons:
        for secret in (listener.get("tls") or {}).get("certificateRefs") or ():
            namespace = secret.get("namespace", gateway["metadata"]["namespace"])
            made = f"kubectl create secret tls {secret['name']} --namespace {namespace}"
            yield f"`{made} --cert FILE --key FILE` creates the Secret"
    if "RefNotPermitted" in reasons:
        yield "create a ReferenceGrant in the namespace of the Secret to let the Gateway use it"
