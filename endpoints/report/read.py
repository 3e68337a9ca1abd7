"""Makes a report of a preview."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from endpoints.report.capacity import Quota, cost, granted_quotas, namespace_uses, quotas_of
from endpoints.report.differences import WORKLOAD, changed_image, differences, endpoint_state, replaces_pods
from endpoints.report.losses import losses, read_move
from endpoints.report.models import AliasChange, Demand, EndpointChange, EndpointState, Kind, Report
from endpoints.report.preview import DEPLOYMENT, ENDPOINT, STASH, Inputs, Operation, Preview, Resource


def url_of(preview: Preview, address: str, resources: Sequence[Resource]) -> str:
    """Return the URL of an address, or its path alone where no host is known.

    The stack's outputs know those that exist. A new one has the host of its route; where routes name none, it
    answers where the others do.
    """
    known = dict(_known(preview))
    if address in known:
        return known[address]
    for resource in resources:
        spec = resource.inputs.get("spec", {})
        host = _host(spec)
        if host is not None:
            return f"{_scheme(preview, spec)}://{host}/{address}"
    base = next((url.removesuffix(other) for other, url in known.items() if url.endswith(other)), "/")
    return f"{base}{address}"


def _known(preview: Preview) -> Iterator[tuple[str, str]]:
    for output in ("endpoints", "aliases"):
        for address, summary in preview.outputs.get(output, {}).items():
            if isinstance(summary, dict) and isinstance(summary.get("url"), str):
                yield address, summary["url"]


def _scheme(preview: Preview, spec: Any) -> str:
    """Return `https` for an Ingress with a certificate, and what the settings say of a Gateway's listener."""
    routing = preview.settings.get("routing")
    stated = routing.get("scheme", "http") if isinstance(routing, dict) else "http"
    return "https" if "tls" in spec else str(stated)


def _host(spec: Any) -> str | None:
    """Return the first host of an Ingress or HTTPRoute."""
    if not isinstance(spec, dict):
        return None
    hosts = [*spec.get("hostnames", []), *(rule.get("host") for rule in spec.get("rules", []))]
    return next((str(host) for host in hosts if host), None)


_ROUTES = ("Ingress", "HTTPRoute")


def alias_name(resource: Resource) -> str | None:
    """Return the alias that a route is for, or None for any other resource.

    Its resource is named by its address: organization, project, deployment, alias and endpoint.
    """
    if resource.kind not in _ROUTES or resource.parent_type != DEPLOYMENT:
        return None
    return resource.name.split("/")[-2]


def read_aliases(preview: Preview, *, moves: bool = False) -> tuple[AliasChange, ...]:
    """Return every alias of every endpoint, those that do not change included.

    `moves` tells that all of them go to another cluster.
    """
    versions = _versions_by_service(preview)
    # An Ingress that makes place for an HTTPRoute, or the other way round, is the same alias.
    routes: dict[str, list[Resource]] = {}
    for resource in preview.resources:
        if alias_name(resource) is not None:
            routes.setdefault(resource.name, []).append(resource)
    return tuple(
        _alias(preview, name, of_alias, versions, moves=moves) for name, of_alias in sorted(routes.items())
    )


def _alias(
    preview: Preview,
    name: str,
    routes: Sequence[Resource],
    versions: Mapping[tuple[str, str], str],
    *,
    moves: bool,
) -> AliasChange:
    before, after = (
        _shares(next((route for route in found if route is not None), None), versions)
        for found in ([route.before for route in routes], [route.after for route in routes])
    )
    if not before or not after:
        operation = Operation.CREATE if after else Operation.DELETE
    elif all(route.operation is Operation.SAME for route in routes):
        operation = Operation.SAME
    else:
        operation = Operation.REPLACE if moves else Operation.UPDATE
    return AliasChange(name, url_of(preview, name, routes), operation, before, after)


def _versions_by_service(preview: Preview) -> Mapping[tuple[str, str], str]:
    """Map namespace and name of each endpoint's Service, which its workload has as well, to the version."""
    found = {}
    for resource in preview.resources:
        if resource.type == WORKLOAD:
            metadata = resource.inputs["metadata"]
            found[metadata["namespace"], metadata["name"]] = resource.parent.split("/")[-2]
    return found


def _shares(route: Inputs | None, versions: Mapping[tuple[str, str], str]) -> Mapping[str, int]:
    """Return the percentage of requests that each version gets."""
    if route is None:
        return {}
    metadata = route["metadata"]
    weights: dict[str, int] = {}
    for service, weight in _backends(route):
        version = versions.get((metadata["namespace"], service)) or service
        weights[version] = weights.get(version, 0) + weight
    total = sum(weights.values())
    return {version: round(100 * weight / total) for version, weight in weights.items() if weight}


def _backends(route: Inputs) -> Iterator[tuple[str, int]]:
    """Yield name and weight of the Services that an Ingress or HTTPRoute leads to."""
    for rule in route["spec"].get("rules", []):
        for path in rule.get("http", {}).get("paths", []):
            yield path["backend"]["service"]["name"], 1
        for backend in rule.get("backendRefs", []):
            yield backend["name"], int(backend.get("weight", 1))


def moved(alias: AliasChange) -> bool:
    """Tell whether an alias exists before and after, and leads elsewhere."""
    return bool(alias.before and alias.after) and alias.before != alias.after


def read_report(preview: Preview, quotas: Sequence[Quota] = ()) -> Report:
    """Make a report; `quotas` are those of namespaces, beside the ones that the stack itself declares.

    They are believed rather than what a managed cluster has granted.
    """
    components = [resource for resource in preview.resources if resource.type == ENDPOINT]
    members: dict[str, list[Resource]] = {component.name: [] for component in components}
    for resource in preview.resources:
        if resource.parent_type == ENDPOINT:
            members.setdefault(resource.parent, []).append(resource)
    move = read_move(preview)
    endpoints = tuple(
        _endpoint(preview, name, of_it, moves=move is not None) for name, of_it in sorted(members.items())
    )
    aliases = read_aliases(preview, moves=move is not None)
    before, after = (
        _sum(getattr(endpoint, moment) for endpoint in endpoints) for moment in ("before", "after")
    )
    known = {quota.namespace for quota in quotas}
    granted = [quota for quota in granted_quotas(preview) if quota.namespace not in known]
    return Report(
        stack=preview.stack,
        errors=preview.errors,
        losses=tuple(losses(preview, endpoints, aliases, move)),
        endpoints=endpoints,
        aliases=aliases,
        others=tuple(_others(preview)),
        before=before,
        after=after,
        cost=cost(preview.settings.get("prices"), before, after),
        namespaces=tuple(namespace_uses(endpoints, (*quotas, *granted, *quotas_of(preview)))),
        advice=preview.advice,
    )


def _endpoint(
    preview: Preview, address: str, resources: Sequence[Resource], *, moves: bool
) -> EndpointChange:
    before, after = endpoint_state(resources, "before"), endpoint_state(resources, "after")
    details = tuple(dict.fromkeys(text for resource in resources for text in differences(resource, moves)))
    is_interrupted = not moves and any(
        resource.operation is Operation.REPLACE and resource.kind in _MUST_STAY for resource in resources
    )
    return EndpointChange(
        address=address,
        url=url_of(preview, address, resources),
        kinds=_kinds(before, after, resources, details, moves=moves),
        details=details if before and after else (),
        before=before,
        after=after,
        restarts=any(replaces_pods(resource) for resource in resources),
        is_interrupted=is_interrupted,
        is_asked=any(
            resource.type == STASH and resource.after and resource.operation is not Operation.SAME
            for resource in resources
        ),
    )


_MUST_STAY = ("Deployment", "Service", "Ingress", "HTTPRoute")
"""What has a fixed name, so that a replacement is a removal first."""


def _kinds(
    before: EndpointState | None,
    after: EndpointState | None,
    resources: Sequence[Resource],
    details: Sequence[str],
    *,
    moves: bool,
) -> tuple[Kind, ...]:
    if before is None or after is None:
        if before is after:
            return (Kind.UNCHANGED,)
        return (Kind.NEW,) if before is None else (Kind.REMOVED,)
    kinds = [Kind.MOVED] if moves else []
    if any(changed_image(resource) for resource in resources):
        kinds.append(Kind.IMAGE)
    if details or before != after:
        kinds.append(Kind.SETTINGS)
    return tuple(kinds) or (Kind.UNCHANGED,)


def _sum(states: Iterable[EndpointState | None]) -> Demand:
    return sum((state.demand for state in states if state), Demand())


def _others(preview: Preview) -> Iterable[str]:
    """Yield what changes beside endpoints and aliases, such as a namespace's labels or the provider."""
    for resource in preview.resources:
        belongs = resource.parent_type == ENDPOINT or alias_name(resource) is not None
        is_component = resource.type in (DEPLOYMENT, ENDPOINT)
        if not belongs and not is_component and resource.operation is not Operation.SAME:
            yield f"{resource.operation.value} {resource.kind} {resource.name}"
