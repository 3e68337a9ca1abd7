"""Checks that there are nodes for the pods: with the labels, the room and the processor that they need."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from endpoints.cluster.api import Object
from endpoints.cluster.quantities import amount, requested
from endpoints.manifest import Toleration
from endpoints.plan import EndpointPlan, ReadyImage
from endpoints.preflight.facts import Facts, Finding, Intent, advice, error
from endpoints.stack_file import DockerBuilder
from endpoints.wording import listing


def check_nodes(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find pods that no node has the labels or the room for; a cluster may get another node for them."""
    for endpoint in intent.endpoints:
        if not facts.nodes:
            return
        labelled = [node for node in facts.nodes if _is_chosen(node, endpoint)]
        if not labelled:
            labels = [f"{key}={value}" for key, value in endpoint.node_selector.items()]
            labels += [f"{one.key} {one.operator}" for one in endpoint.node_affinity.required]
            text = (
                f"none of the cluster's {len(facts.nodes)} nodes has {','.join(labels)}; no pod starts until "
                "a node has it"
            )
            yield advice(endpoint.definition.problem("node-selector", text))
            continue
        taken = endpoint.taken_of_quota()
        for resource, wanted in endpoint.requests.items():
            largest = max(labelled, key=lambda node: amount(_room(node, resource)) or 0)
            room = _room(largest, resource)
            if taken.get(f"requests.{resource}", Decimal()) > (amount(room) or 0):
                beside = " and their proxy more" if endpoint.proxy else ""
                text = f"its pods request {resource} of {wanted}{beside}, and the largest node has {room}"
                text += f" ({largest['metadata']['name']}); no pod starts until a node has more"
                key = f"resources.devices.{resource}" if "/" in resource else f"resources.{resource}"
                yield advice(endpoint.definition.problem(key, text))


def check_devices(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find pods that wait for devices of pods that do not end by themselves, such as the only GPU.

    These are old pods of the endpoint, which a rollout ends when the new ones are ready, or pods of another
    version.
    """
    seen = [pod for namespace in facts.namespaces.values() for pod in namespace.pods or ()]
    for endpoint in intent.endpoints:
        own = [pod for pod in seen if _belongs(pod, endpoint)]
        rollout = endpoint.objects.rollout
        if own and (rollout.strategy == "recreate" or rollout.max_unavailable not in (0, "0%")):
            continue
        nodes = [node for node in facts.nodes or () if _is_chosen(node, endpoint)]
        for resource, wanted in endpoint.requests.items():
            there = sum((amount(_room(node, resource)) or Decimal() for node in nodes), Decimal())
            holders = [pod for pod in seen if "/" in resource and requested(pod, resource)]
            held = sum((requested(pod, resource) for pod in holders), Decimal())
            if not holders or not there or there - held >= (amount(wanted) or 0):
                continue
            name = (own or holders)[0]["metadata"]["name"]
            text = f"pods, such as {name}, hold {held.normalize():f} of {there.normalize():f} {resource}; "
            if own:
                text += (
                    "changed pods start only after an old one has ended, which waits for them; set rollout: "
                )
                text += "{strategy: recreate} in the stack file, unless the cluster adds nodes"
            else:
                text += "this version starts only after they have ended; disable their endpoint by `enabled: "
                text += "false`, or remove their version, unless the cluster adds nodes"
            yield advice(endpoint.definition.problem(f"resources.devices.{resource}", text))


def _belongs(pod: Object, endpoint: EndpointPlan) -> bool:
    labels = (pod.get("metadata") or {}).get("labels") or {}
    return endpoint.address.selector.items() <= labels.items()


def check_architecture(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find images that are built for another processor than that of the nodes that the pods may run on.

    Without `platforms` the builder decides, and nothing is known. The program of such an image cannot be
    started: `exec format error`.
    """
    built_for = {platform.split("/")[1] for platform in intent.target.builder.platforms if "/" in platform}
    if not built_for or not facts.nodes:
        return
    key = "platform" if isinstance(intent.settings.builder, DockerBuilder) else "platforms"
    for endpoint in intent.endpoints:
        if isinstance(endpoint.image, ReadyImage):
            continue
        found = {
            _architecture(node)
            for node in facts.nodes
            if _is_chosen(node, endpoint) and tolerates(endpoint.tolerations, _taints(node))
        } - {""}
        wrong = found - built_for
        if not wrong:
            continue
        name = endpoint.address.endpoint
        built, there = listing(built_for), listing(found)
        if wrong == found:
            text = (
                f"images are built for {built}, and the nodes that pods of {name} may run on are {there}; no "
                f"pod could start (exec format error); set {key} to linux/{sorted(found)[0]}, or choose "
                "other nodes with nodeSelector: {kubernetes.io/arch: " + sorted(built_for)[0] + "}"
            )
            yield error(intent.problem(("builder", key), text))
        else:
            remedy = (
                f"add linux/{sorted(wrong)[0]} to platforms" if key == "platforms" else "choose the nodes"
            )
            text = (
                f"images are built for {built}, and pods of {name} may also run on nodes that are "
                f"{listing(wrong)}, where they cannot start (exec format error); {remedy}, or set "
                "nodeSelector: {kubernetes.io/arch: " + sorted(built_for)[0] + "}"
            )
            yield advice(intent.problem(("builder", key), text))


def _is_chosen(node: Object, endpoint: EndpointPlan) -> bool:
    """Tell whether a node has the labels that the endpoint's pods need."""
    labels = node["metadata"].get("labels") or {}
    required = endpoint.node_affinity.required
    return endpoint.node_selector.items() <= labels.items() and all(one.holds(labels) for one in required)


def _taints(node: Object) -> Sequence[Object]:
    """Return the taints that keep pods away; a node that is cordoned or not ready may become usable."""
    return [
        taint
        for taint in (node.get("spec") or {}).get("taints") or ()
        if taint["effect"] != "PreferNoSchedule" and not taint["key"].startswith("node.kubernetes.io/")
    ]


def tolerates(tolerations: Sequence[Toleration], taints: Sequence[Object]) -> bool:
    """Tell whether tolerations let pods onto a node with these taints.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    return all(any(_matches(one, taint) for one in tolerations) for taint in taints)


def _matches(toleration: Toleration, taint: Object) -> bool:
    if toleration.effect not in (None, taint["effect"]) or toleration.key not in (None, taint["key"]):
        return False
    return toleration.operator == "Exists" or (toleration.value or "") == (taint.get("value") or "")


def _architecture(node: Object) -> str:
    labels = node["metadata"].get("labels") or {}
    told = (node.get("status", {}).get("nodeInfo") or {}).get("architecture")
    return str(labels.get("kubernetes.io/arch") or told or "")


def _room(node: Object, resource: str) -> str:
    return str((node.get("status", {}).get("allocatable") or {}).get(resource, "0"))
