"""Routes by the Gateway API: an HTTPRoute that a Gateway takes."""

import json
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.plan import EndpointPlan
from endpoints.plan.address import Address, Alias, Share
from endpoints.resources.hooks import when_it_fails
from endpoints.resources.metadata import metadata, route_annotations
from endpoints.resources.overrides import Declared, laid_over
from endpoints.resources.workload import PORT
from endpoints.target import GatewayRouter

PREFIX_HEADER = "X-VH-Prefix"
"""The header that tells a server the prefix that the request came by."""

REMOVED_HEADER = "X-Forwarded-Prefix"
"""The header in which routers tell the prefix that they removed, by custom; no standard has it."""


class _PathMatch(TypedDict):
    type: str
    value: str


class _Filter(TypedDict):
    type: str
    requestHeaderModifier: NotRequired[dict[str, list[dict[str, str]]]]
    urlRewrite: NotRequired[dict[str, dict[str, str]]]


class _BackendRef(TypedDict):
    name: str
    port: int
    weight: NotRequired[int]
    filters: NotRequired[list[_Filter]]


class _Rule(TypedDict):
    matches: list[dict[str, _PathMatch]]
    filters: list[_Filter]
    backendRefs: list[_BackendRef]
    timeouts: NotRequired[dict[str, str]]


class _ParentRef(TypedDict):
    name: str
    namespace: str
    sectionName: NotRequired[str]


class _Spec(TypedDict):
    parentRefs: list[_ParentRef]
    hostnames: NotRequired[list[str]]
    rules: list[_Rule]


def http_route(
    name: str,
    served: Address | Alias,
    plan: EndpointPlan,
    router: GatewayRouter,
    acceptance_seconds: int,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apiextensions.CustomResource:
    """Declare the HTTPRoute; the engine waits ``acceptance_seconds`` at most until the Gateway takes it."""
    declared = http_route_object(served, plan, router)
    timeout = f"{acceptance_seconds}s"
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="gateway.networking.k8s.io/v1",
        kind="HTTPRoute",
        metadata=declared.metadata,
        spec=declared.spec,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=when_it_fails(name, _remedy(served, router)),
            ),
        ),
    )


def http_route_object(served: Address | Alias, plan: EndpointPlan, router: GatewayRouter) -> Declared:
    """Build the HTTPRoute, with what the stack file lays over it.

    The route sets the header with the prefix, so that whatever a client sends in it never gets through.
    """
    gateway = router.gateway
    parent: _ParentRef = {"name": gateway.name, "namespace": gateway.namespace}
    if gateway.listener is not None:
        parent["sectionName"] = gateway.listener
    spec: _Spec = {"parentRefs": [parent], "rules": [_rule(served, plan, router)]}
    if router.host is not None:
        spec["hostnames"] = [router.host]
    annotations = {**route_annotations(plan, router), "pulumi.com/waitFor": _taken(gateway.name)}
    return laid_over(plan, "HTTPRoute", metadata(served, annotations), spec)


def _rule(served: Address | Alias, plan: EndpointPlan, router: GatewayRouter) -> _Rule:
    """Build the one rule. Filters of a single backend are the rule's, which more routers support."""
    backends = (
        served.shares if isinstance(served, Alias) else (Share(served, strips_prefix=plan.strips_prefix),)
    )
    own_filters = len(backends) > 1
    headers = [{"name": PREFIX_HEADER, "value": served.prefix}]
    if not own_filters and backends[0].strips_prefix:
        headers.append(_removed(served))
    rule: _Rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": served.prefix}}],
        "filters": [
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": headers},
            },
            *([] if own_filters else _rewrite(backends[0])),
        ],
        "backendRefs": [_weighted(share, served) if own_filters else _backend(share) for share in backends],
    }
    if router.request_timeout_seconds is not None:
        rule["timeouts"] = {"request": f"{router.request_timeout_seconds}s"}
    return rule


def _backend(share: Share) -> _BackendRef:
    return {"name": share.target.object_name, "port": PORT}


def _removed(served: Address | Alias) -> dict[str, str]:
    """Return the header that tells what was removed; it replaces what a client sends in it."""
    return {"name": REMOVED_HEADER, "value": served.prefix}


def _weighted(share: Share, served: Address | Alias) -> _BackendRef:
    weighted: _BackendRef = {**_backend(share), "weight": share.weight}
    filters = _rewrite(share)
    if share.strips_prefix:
        filters.insert(
            0,
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [_removed(served)]}},
        )
    if filters:
        weighted["filters"] = filters
    return weighted


def _rewrite(share: Share) -> list[_Filter]:
    """Give a server that knows its own version's prefix alone that one, in place of the alias's.

    A server that knows no prefix gets the path below it; a slash stands for none at all.
    """
    if share.takes_any_version and not share.strips_prefix:
        return []
    replacement = "/" if share.strips_prefix else share.target.prefix
    path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": replacement}
    return [{"type": "URLRewrite", "urlRewrite": {"path": path}}]


def _taken(gateway: str) -> str:
    """Return what to wait for: that the Gateway of this name takes the route and finds its Services.

    What another Gateway made of the route before counts for nothing, hence the name. What this one said of
    the route before a change does count until it speaks again: an expression cannot compare a condition's
    observedGeneration with the object's generation, which is not known beforehand either.
    """
    parent = f'.status.parents[?(@.parentRef.name=="{gateway}")]'
    return json.dumps(
        [
            f'jsonpath={{{parent}.conditions[?(@.type=="{condition}")].status}}=True'
            for condition in ("Accepted", "ResolvedRefs")
        ]
    )


def _remedy(served: Address | Alias, router: GatewayRouter) -> str:
    gateway, namespace = router.gateway, served.namespace
    listener = f"its listener {gateway.listener}" if gateway.listener is not None else "a listener of it"
    host = f", and that its hostname allows {router.host}" if router.host is not None else ""
    return (
        f"The Gateway {gateway.name} of the namespace {gateway.namespace} has not accepted the route "
        f"to {served.url(router.base_url)}. Check that the Gateway exists, and that {listener} "
        f"allows routes from the namespace {namespace} (allowedRoutes.namespaces; by default only "
        f"its own namespace){host}. See the router's message: kubectl describe httproute --namespace "
        f"{namespace} {served.object_name}"
    )
