"""Checks what the account and the nodes may do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from endpoints.cluster.api import Object
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.preflight.facts import Facts, Finding, Intent, NamespaceFacts, advice, error
from endpoints.preflight.rights import Right
from endpoints.wording import listing


def check_access(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find rights that are missing: a preview would not notice them, and an update would end halfway."""
    for name, seen in facts.namespaces.items():
        missing = [right for right in seen.missing or () if not _is_idle(right, seen)]
        if not missing:
            continue
        text = (
            f"missing RBAC permissions in the namespace {name}: {_in_words(missing)}; "
            "ask your cluster administrator for the Role of docs/clusters.md"
        )
        if name in intent.target.handed_over:
            text += (
                "; the stack created the namespace, and must read it and its service account to hand it over"
            )
        elif any(right.resource == "namespaces" for right in missing):
            text += ", or create the namespace and set cluster: {namespaces: existing}"
        yield error(intent.namespace_problem(name, text))


def _is_idle(right: Right, seen: NamespaceFacts) -> bool:
    """Tell whether it is the right to create what is there already."""
    return (right.resource, right.verb) == ("namespaces", "create") and bool(seen.namespace)


def _in_words(rights: Iterable[Right]) -> str:
    """Return `create and patch services; list pods`."""
    verbs: dict[str, list[str]] = defaultdict(list)
    for right in rights:
        verbs[f"{right.resource}.{right.group}".rstrip(".")].append(right.verb)
    resources: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, found in verbs.items():
        resources[tuple(found)].append(resource)
    return "; ".join(f"{_list(found)} {_list(names)}" for found, names in resources.items())


def _list(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


_OWNER = "valohai.com/deployment"


def check_namespaces(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find namespaces that are missing, incomplete, or owned by another program."""
    for name, seen in facts.namespaces.items():
        if intent.target.makes_namespaces:
            if seen.namespace and _OWNER not in (seen.namespace[0]["metadata"].get("labels") or {}):
                text = (
                    f"the namespace {name} exists, was not created by this program, and is not taken "
                    "over; to deploy into an existing namespace, set cluster: {namespaces: "
                    "existing}"
                )
                yield advice(intent.namespace_problem(name, text))
        elif seen.namespace == ():
            text = f"the namespace {name} does not exist, and `namespaces: existing` does not create it"
            yield error(intent.namespace_problem(name, f"{text}; docs/clusters.md has its manifest"))
        elif seen.account == ():
            text = f"the namespace {name} has no ServiceAccount {SERVICE_ACCOUNT} for pods to run as"
            yield error(intent.namespace_problem(name, f"{text}; docs/clusters.md has its manifest"))


def check_pull_secrets(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find namespaces whose pods would lose what their images are pulled with.

    The stack lets go of a namespace and of the account in it, and removes the Secret that it has made of the
    registry's credentials: the administrator of the namespace must not have these. Pods that run would go on,
    and later ones would not start.
    """
    for name, seen in facts.namespaces.items():
        if name not in intent.target.handed_over or not seen.account:
            continue
        own = {secret for namespace, secret in intent.target.pull_secrets if namespace == name}
        named = {entry["name"] for entry in seen.account[0].get("imagePullSecrets") or ()}
        if not named or named - own:
            continue
        text = (
            f"the stack hands over the namespace {name}, and removes the Secret {listing(named)} "
            f"that it created from the registry's credentials; the ServiceAccount {SERVICE_ACCOUNT} "
            "has no other imagePullSecrets, so new pods could not pull images; first set its "
            "imagePullSecrets to a Secret of your own, or to an empty list if nodes can pull "
            "without one: docs/moving.md has the commands"
        )
        yield error(intent.namespace_problem(name, text))


_FAILED = ("ErrImagePull", "ImagePullBackOff")


def check_registry(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a registry that does not answer here, and nodes that could not pull from it."""
    address = intent.target.registry.address
    if facts.registry_failure is not None:
        text = (
            f"{address} does not answer from this machine ({facts.registry_failure}); check its "
            "name; the builder and the nodes may still reach it"
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
