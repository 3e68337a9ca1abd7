"""Checks what the cluster is and has."""

from collections.abc import Iterator

from endpoints.cluster.api import Object
from endpoints.cluster.ownership import BY_PULUMI
from endpoints.preflight.facts import Facts, Finding, Intent, advice, error
from endpoints.rollout.remedies import QUOTA_IS_FULL, refusal_remedy
from endpoints.target import GatewayRouter, IngressRouter
from endpoints.yaml_document import KeyPath

OLDEST = (1, 30)
"""The first with `sleep` as a preStop action (KEP-3960), the newest thing that every workload has."""

OLDEST_WITHOUT_DELAY = (1, 33)
"""The first that lets that be 0 seconds (KEP-4818)."""


def check_version(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find a version that refuses the workloads."""
    found = f"the cluster runs Kubernetes {facts.version[0]}.{facts.version[1]}"
    if facts.version < OLDEST:
        text = f"{found}, and Kubernetes 1.30 or later is required (preStop sleep); upgrade it"
        yield error(intent.problem(("cluster",), text))
        return
    for endpoint in intent.endpoints:
        if endpoint.shutdown.pre_stop_seconds == 0 and facts.version < OLDEST_WITHOUT_DELAY:
            text = f"{found}, and preStopSeconds: 0 requires 1.33 or later; give {endpoint.address.prefix} 1"
            yield error(intent.problem(("cluster",), text))


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
    router = intent.target.router
    strips = any(endpoint.strips_prefix for endpoint in intent.endpoints)
    if strips and isinstance(router, IngressRouter) and router.controller == "traefik":
        middlewares = ("traefik.io", "v1alpha1", "middlewares")
        what = (
            "Traefik brings for `prefix: strip`; install its definitions and use its provider kubernetesCRD"
        )
        yield middlewares, what, ("deployments",)
    scalings = (endpoint.scaling for endpoint in intent.endpoints)
    if any(scaling is not None and scaling.keda is not None for scaling in scalings):
        scaled_objects = ("keda.sh", "v1alpha1", "scaledobjects")
        what = "KEDA brings; install it, or remove `keda` from `scaling`"
        yield scaled_objects, what, ("deployments",)
    if any(endpoint.metrics is not None and endpoint.metrics.by_pod_monitor for endpoint in intent.endpoints):
        pod_monitors = ("monitoring.coreos.com", "v1", "podmonitors")
        what = "the Prometheus operator brings; install it, or use metrics: {scrape: annotations}"
        yield pod_monitors, what, ("deployments",)


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
            found = f"already has objects of the deployment: {', '.join(names)}"
        elif any(_is_foreign(item, move.uids) for item in own_namespace or ()):
            found = "already exists"
        else:
            continue
        text = (
            f"the stack moves from {' and '.join(move.servers)}, but at "
            f"{intent.target.cluster.server} the namespace {name} {found}; the update would fail "
            "halfway, or remove objects that it takes over. If an earlier move was interrupted, set "
            "`cluster` to the cluster that it moved to and run `pulumi up` again; otherwise remove "
            f"{'them' if names else 'it'}; see docs/moving.md"
        )
        yield error(intent.problem(("cluster",), text), always=True)


def _is_foreign(item: Object, own: frozenset[str]) -> bool:
    metadata = item["metadata"]
    return BY_PULUMI.items() <= (metadata.get("labels") or {}).items() and metadata["uid"] not in own


def check_admission(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find pods that quotas, limit ranges or policies refuse: the Deployment is accepted, and waits."""
    for endpoint in intent.endpoints:
        seen = facts.namespaces[endpoint.address.namespace]
        refused = (seen.refusals or {}).get(endpoint.address.object_name)
        if not refused:
            continue
        text = f"the namespace {endpoint.address.namespace} refuses its pods: {refused}"
        text += f"; {refusal_remedy(refused)}"
        problem = endpoint.definition.problem("resources", text)
        # A quota can be full for the moment: of pods that this very update ends, or that autoscalers added.
        yield advice(problem) if QUOTA_IS_FULL in refused else error(problem)
