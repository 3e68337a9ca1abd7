"""Reads where aliases lead, before and after, from their routes."""

from collections.abc import Iterator, Mapping, Sequence

from endpoints.preview import DEPLOYMENT, Inputs, Operation, Preview, Resource
from endpoints.report.models import AliasChange
from endpoints.report.states import WORKLOAD
from endpoints.report.urls import url_of

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
