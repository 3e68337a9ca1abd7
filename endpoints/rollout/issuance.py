"""Why cert-manager has not issued a certificate, in its own words.

https://cert-manager.io/docs/troubleshooting/
"""

from collections.abc import Iterator, Sequence

from endpoints.cluster.api import Api, Object, Objects

_GROUP = "/apis/cert-manager.io/v1"
_CERTIFICATE = "cert-manager.io/certificate-name"
"""The annotation of a CertificateRequest that names the Certificate which it is for."""


def issuer_path(kind: str, name: str, namespace: str) -> str:
    """Return where an issuer is: `kind` is `ClusterIssuer`, or `Issuer` for one of the namespace."""
    return (
        f"{_GROUP}/clusterissuers/{name}"
        if kind == "ClusterIssuer"
        else f"{_GROUP}/namespaces/{namespace}/issuers/{name}"
    )


def hindrance(api: Api, namespace: str, certificate: str, issuer_kind: str, issuer: str) -> str | None:
    """Return what keeps the Certificate from being issued; None where nothing says so or may be seen.

    The issuer's word goes first, since without it no request is worked on; then that of the latest request,
    then that of the Certificate itself. The first two take rights of docs/manifests/preflight.yaml; without
    them what they would say is missing.
    """
    found = api.find(issuer_path(issuer_kind, issuer, namespace))
    if found == ():
        return f"{issuer_kind} {issuer} does not exist"
    if found and (text := unreadiness(found[0])) is not None:
        return f"{issuer_kind} {issuer} {text}"
    requests = api.list(f"{_GROUP}/namespaces/{namespace}/certificaterequests")
    asked = api.find(f"{_GROUP}/namespaces/{namespace}/certificates/{certificate}")
    said = [*_of_latest(requests, certificate), *_of_certificate(asked)]
    return said[0] if said else None


def unreadiness(issuer: Object) -> str | None:
    """Return that an issuer is not ready, and why; None for one that is, or has yet to tell."""
    ready = _condition(issuer, "Ready")
    if ready is None or ready.get("status") == "True":
        return None
    return f"is not ready: {_words(ready)}"


def _of_latest(requests: Objects, certificate: str) -> Iterator[str]:
    """Yield what was decided about the certificate's latest request."""
    own = [
        request
        for request in requests or ()
        if (request["metadata"].get("annotations") or {}).get(_CERTIFICATE) == certificate
    ]
    if not own:
        return
    latest = max(own, key=lambda request: str(request["metadata"].get("creationTimestamp")))
    for kind, what in (("Denied", "was denied"), ("InvalidRequest", "is invalid")):
        decided = _condition(latest, kind)
        if decided is not None and decided.get("status") == "True":
            yield f"its request {what}: {_words(decided)}"
    ready = _condition(latest, "Ready")
    if ready is not None and ready.get("status") != "True":
        what = "failed" if ready.get("reason") == "Failed" else "waits"
        yield f"its request {what}: {_words(ready)}"


def _of_certificate(certificate: Objects) -> Iterator[str]:
    """Yield why the Certificate is not issued; that it is being issued is no reason."""
    if not certificate:
        return
    issuing, ready = _condition(certificate[0], "Issuing"), _condition(certificate[0], "Ready")
    if issuing is not None and issuing.get("status") == "False":
        yield _words(issuing)
    if ready is not None and ready.get("status") != "True":
        yield _words(ready)


def _condition(judged: Object, kind: str) -> Object | None:
    conditions: Sequence[Object] = judged.get("status", {}).get("conditions") or []
    return next((condition for condition in conditions if condition.get("type") == kind), None)


def _words(condition: Object) -> str:
    """Return what a condition says, on one line and as a part of a sentence."""
    message = " ".join(
        str(condition.get("message") or condition.get("reason") or "no reason is given").split()
    )
    return message.rstrip(".")
