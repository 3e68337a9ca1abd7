"""Whether there is storage for the volumes."""

from collections.abc import Iterator

from endpoints.cluster.api import Objects
from endpoints.plan import EndpointPlan, Volume
from endpoints.preflight.facts import Facts, NamespaceFacts
from endpoints.preflight.finding import Finding, advice, error
from endpoints.preflight.intent import Intent
from endpoints.wording import listing, suggestion

_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def check_storage(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find storage classes and claims that are not there: pods would wait for their volumes for ever."""
    for endpoint in intent.endpoints:
        for volume in endpoint.storage.volumes:
            if volume.claim is not None:
                yield from _check_claim(endpoint, volume.claim, facts.namespaces[endpoint.address.namespace])
            else:
                yield from _check_class(endpoint, volume, facts.storage_classes)


def _check_claim(endpoint: EndpointPlan, claim: str, seen: NamespaceFacts) -> Iterator[Finding]:
    if seen.claims is None:
        return
    names = [found["metadata"]["name"] for found in seen.claims]
    if claim in names:
        return
    text = f"the namespace {endpoint.address.namespace} has no PersistentVolumeClaim {claim}"
    # While the namespace is not there, nobody can make a claim in it.
    text += f"; {suggestion(claim, names)}" if seen.namespace else " yet; make it"
    yield advice(endpoint.definition.problem("shared-volumes", f"{text}; until it is there, no pod starts"))


def _check_class(endpoint: EndpointPlan, volume: Volume, classes: Objects) -> Iterator[Finding]:
    if classes is None:
        return
    names = [found["metadata"]["name"] for found in classes]
    key = "workspace-volume"
    if volume.storage_class is not None and volume.storage_class not in names:
        wanted = volume.storage_class
        text = f"the cluster has no StorageClass {wanted}; {suggestion(wanted, names)}"
        yield error(endpoint.definition.problem(key, text))
    elif volume.storage_class is None and not any(
        (found["metadata"].get("annotations") or {}).get(_DEFAULT) == "true" for found in classes
    ):
        text = f"the cluster has no default StorageClass; name one by storage-class-name: {listing(names)}"
        yield error(endpoint.definition.problem(key, text))
