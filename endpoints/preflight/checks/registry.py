"""Whether images can be pushed and pulled, as far as that can be seen from here."""

from collections.abc import Iterator

from endpoints.cluster.api import Object
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, advice
from endpoints.preflight.intent import Intent

_FAILED = ("ErrImagePull", "ImagePullBackOff")


def check_registry(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a registry that does not answer here, and nodes that could not pull from it."""
    address = intent.target.registry.address
    if facts.registry_failure is not None:
        text = (
            f"{address} does not answer from this machine ({facts.registry_failure}); builder and nodes may "
            "reach it nevertheless, unless the name is wrong"
        )
        yield advice(intent.problem(("registry", "repository"), text))
    for name, seen in facts.namespaces.items():
        said = next((text for pod in seen.pods or () for text in _failures(pod, address)), None)
        if said is not None:
            text = (
                f"a node could not pull an image for the namespace {name}: {said}; see `registry.pullSecret`"
            )
            yield advice(intent.problem(("registry",), text))


def _failures(pod: Object, address: str) -> Iterator[str]:
    for status in pod.get("status", {}).get("containerStatuses") or ():
        waiting = status.get("state", {}).get("waiting") or {}
        if waiting.get("reason") in _FAILED and status.get("image", "").startswith(f"{address}/"):
            yield str(waiting.get("message", waiting["reason"]))
