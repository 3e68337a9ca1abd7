"""Whether the account may do what a deployment takes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from endpoints.preflight.facts import Facts, NamespaceFacts
from endpoints.preflight.finding import Finding, error
from endpoints.preflight.intent import Intent
from endpoints.preflight.rights import Right


def check_access(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find rights that are missing: a preview would not notice them, and an update would end halfway."""
    for name, seen in facts.namespaces.items():
        missing = [right for right in seen.missing or () if not _is_idle(right, seen)]
        if not missing:
            continue
        text = (
            f"the kubeconfig's account may not {_in_words(missing)} in the namespace {name}; "
            "whoever manages the cluster can give it the Role of docs/clusters.md"
        )
        if name in intent.target.handed_over:
            text += "; the stack has made the namespace, and lets go of it by reading it and its account"
        elif any(right.resource == "namespaces" for right in missing):
            text += ", or make the namespace, for cluster: {namespaces: existing}"
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
