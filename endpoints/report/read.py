"""Makes a report of a preview."""

from collections.abc import Iterable, Sequence

from endpoints.preview import DEPLOYMENT, ENDPOINT, STASH, Operation, Preview, Resource
from endpoints.report.aliases import alias_name, read_aliases
from endpoints.report.amounts import Demand
from endpoints.report.capacity import Quota, cost, granted_quotas, namespace_uses, quotas_of
from endpoints.report.differences import changed_image, differences, replaces_pods
from endpoints.report.losses import losses
from endpoints.report.models import EndpointChange, EndpointState, Kind, Report
from endpoints.report.move import read_move
from endpoints.report.states import endpoint_state
from endpoints.report.urls import url_of


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
