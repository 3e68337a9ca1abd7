"""Whether a stack can move here from another cluster."""

from collections.abc import Iterator

from endpoints.cluster.api import Object
from endpoints.preflight.facts import Facts
from endpoints.preflight.finding import Finding, error
from endpoints.preflight.intent import Intent

_OWN = {"app.kubernetes.io/managed-by": "pulumi"}


def check_moves(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find namespaces, workloads and Services that are in the way of a move.

    An update makes everything here before it removes anything there. What is here already would be refused,
    or be taken over and then removed: after a move that ended halfway the state has it marked for removal.
    What a move has made here itself is in the state, and is gone on with. It may have come to a namespace
    and not to what is in it, or to a Service and not to its workload, which waits for an image.
    """
    move = intent.target.move
    if move is None:
        return
    for name, seen in facts.namespaces.items():
        own_namespace = seen.namespace if intent.target.makes_namespaces else ()
        objects = (*(seen.workloads or ()), *(seen.services or ()))
        # A workload and its Service have one name.
        names = dict.fromkeys(item["metadata"]["name"] for item in objects if _is_foreign(item, move.uids))
        if names:
            found = f"has objects of the deployment already: {', '.join(names)}"
        elif any(_is_foreign(item, move.uids) for item in own_namespace or ()):
            found = "is there already"
        else:
            continue
        text = (
            f"the stack moves from {' and '.join(move.servers)}, and at {intent.target.cluster.server} "
            f"the namespace {name} {found}; the update would be refused halfway, or remove what it takes "
            "over. If a move has ended halfway, set `cluster` to where it led and run `pulumi up` again; "
            f"else remove {'them' if names else 'it'}; docs/moving.md tells more"
        )
        yield error(intent.problem(("cluster",), text), always=True)


def _is_foreign(item: Object, own: frozenset[str]) -> bool:
    metadata = item["metadata"]
    return _OWN.items() <= (metadata.get("labels") or {}).items() and metadata["uid"] not in own
