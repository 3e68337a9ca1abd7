"""Routes by the Gateway API: an HTTPRoute that a Gateway takes."""

import json
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.resources.identity import MetadataArgs, metadata
from endpoints.resources.remedy import remedy
from endpoints.resources.route_arguments import BackendArgs, GatewayArgs, RouteArgs
from endpoints.resources.service import PORT

PREFIX_HEADER = "X-VH-Prefix"
"""The header that tells a server the prefix that the request came by."""


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
    name: str, identity: MetadataArgs, args: RouteArgs, by: GatewayArgs, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Declare the HTTPRoute; the engine waits until the Gateway has taken it.

    The route sets the header with the prefix, so that whatever a client sends in it never gets through.
    """
    parent: _ParentRef = {"name": by["name"], "namespace": by["namespace"]}
    if "listener" in by:
        parent["sectionName"] = by["listener"]
    spec: _Spec = {"parentRefs": [parent], "rules": [_rule(args, by)]}
    if "host" in args:
        spec["hostnames"] = [args["host"]]
    timeout = f"{by['acceptance_seconds']}s"
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="gateway.networking.k8s.io/v1",
        kind="HTTPRoute",
        metadata=metadata(identity, {"pulumi.com/waitFor": _taken(by["name"])}),
        spec=spec,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                hooks=remedy(name, _remedy(identity, args, by)),
            ),
        ),
    )


def _rule(args: RouteArgs, by: GatewayArgs) -> _Rule:
    """Build the one rule. Filters of a single backend are the rule's, which more routers support."""
    backends = args["backends"]
    own_filters = len(backends) > 1
    rule: _Rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": args["prefix"]}}],
        "filters": [
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": [{"name": PREFIX_HEADER, "value": args["prefix"]}]},
            },
            *([] if own_filters else _rewrite(backends[0])),
        ],
        "backendRefs": [_weighted(backend) if own_filters else _backend(backend) for backend in backends],
    }
    if "request_timeout_seconds" in by:
        rule["timeouts"] = {"request": f"{by['request_timeout_seconds']}s"}
    return rule


def _backend(backend: BackendArgs) -> _BackendRef:
    return {"name": backend["service"], "port": PORT}


def _weighted(backend: BackendArgs) -> _BackendRef:
    weighted: _BackendRef = {**_backend(backend), "weight": backend["weight"]}
    if "prefix" in backend:
        weighted["filters"] = _rewrite(backend)
    return weighted


def _rewrite(backend: BackendArgs) -> list[_Filter]:
    if "prefix" not in backend:
        return []
    path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": backend["prefix"]}
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


def _remedy(own: MetadataArgs, args: RouteArgs, by: GatewayArgs) -> str:
    listener = f"its listener {by['listener']}" if "listener" in by else "a listener of it"
    host = f", and has no hostname that leaves {args['host']} out" if "host" in args else ""
    return (
        f"The Gateway {by['name']} of the namespace {by['namespace']} has not taken the route to "
        f"{args['url']}. See that it exists, and that {listener} lets routes of the namespace "
        f"{own['namespace']} in (allowedRoutes.namespaces; the default is its own namespace alone){host}. "
        f"What the router says: kubectl describe httproute --namespace {own['namespace']} "
        f"{own['object_name']}"
    )
