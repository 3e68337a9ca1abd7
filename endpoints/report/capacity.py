"""What a change asks of the cluster: quotas and costs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from endpoints.cluster.quantities import amount, quota_name, taken_of_quota
from endpoints.errors import Problem, ProjectError
from endpoints.report.models import Capacity, Cost, Demand, EndpointChange, EndpointState, NamespaceUse, Share
from endpoints.report.preview import DEPLOYMENT, Preview
from endpoints.stack_file import Prices

HOURS = 730
"""A month: a twelfth of a year."""

_GIB = Decimal(2**30)


@dataclass(frozen=True)
class Quota:
    """What the pods of a namespace may use together, by the quota's names: `requests.cpu`, `pods` and so on.

    `defaults` is what a pod takes that leaves it open, by the same names. `limits` are further ones in words.
    """

    namespace: str
    hard: Mapping[str, Decimal]
    defaults: Mapping[str, Decimal] = field(default_factory=dict)
    limits: tuple[str, ...] = ()


def quotas_of(preview: Preview) -> tuple[Quota, ...]:
    """Return the quotas that the stack itself declares."""
    objects = (resource.after for resource in preview.resources if resource.kind == "ResourceQuota")
    return tuple(_quota(declared) for declared in objects if declared)


def granted_quotas(preview: Preview) -> tuple[Quota, ...]:
    """Return what a managed cluster grants the team: the program keeps it with each deployment."""
    deployments = (resource.inputs for resource in preview.resources if resource.type == DEPLOYMENT)
    return tuple(_granted(inputs["granted"]) for inputs in deployments if "granted" in inputs)


def _granted(granted: Mapping[str, Any]) -> Quota:
    container = granted["container"]
    most = " and ".join(f"{name} {quantity}" for name, quantity in container["max"].items())
    return Quota(
        granted["namespace"],
        _amounts(granted["quota"]),
        taken_of_quota(container),
        (f"an endpoint may have {int(granted['replicas'])} pods", *([f"a container {most}"] if most else [])),
    )


def read_quotas(text: str, shown_as: str) -> tuple[Quota, ...]:
    """Read what `kubectl get resourcequota --all-namespaces -o json` prints; raises ProjectError."""
    try:
        items = json.loads(text)["items"]
        return tuple(_quota(item) for item in items)
    except (ValueError, KeyError, TypeError, AttributeError):
        remedy = "create it with: kubectl get resourcequota --all-namespaces -o json"
        raise ProjectError(Problem(shown_as, None, "", f"is not a list of quotas; {remedy}")) from None


def _quota(item: Mapping[str, Any]) -> Quota:
    return Quota(item["metadata"]["namespace"], _amounts(item["spec"].get("hard", {})))


def _amounts(quantities: Mapping[str, str]) -> Mapping[str, Decimal]:
    known = ((quota_name(name), amount(quantity)) for name, quantity in quantities.items())
    return {name: found for name, found in known if found is not None}


def namespace_uses(endpoints: Sequence[EndpointChange], quotas: Sequence[Quota]) -> Iterator[NamespaceUse]:
    """Yield for each namespace with a quota what the endpoints use of it."""
    for quota in sorted(quotas, key=lambda quota: quota.namespace):
        before, after = (
            [
                state
                for endpoint in endpoints
                if (state := getattr(endpoint, moment)) and state.namespace == quota.namespace
            ]
            for moment in ("before", "after")
        )
        if before or after:
            shares = {
                name: Share(
                    (_always(before, name, quota), _always(after, name, quota)),
                    (_most(before, name, quota), _most(after, name, quota)),
                    quota.hard[name],
                )
                for name in _MEASURED
                if name in quota.hard
            }
            yield NamespaceUse(quota.namespace, shares, quota.limits)


_MEASURED = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "pods")


def _always(states: Iterable[EndpointState], name: str, quota: Quota) -> Decimal:
    return sum((state.minimum * _of_pod(state, name, quota) for state in states), Decimal(0))


def _most(states: Iterable[EndpointState], name: str, quota: Quota) -> Decimal:
    return sum((state.maximum * _of_pod(state, name, quota) for state in states), Decimal(0))


def _of_pod(state: EndpointState, name: str, quota: Quota) -> Decimal:
    """Return what one pod takes of a quota. A request that it leaves open is its limit, where it has one."""
    return {**quota.defaults, **state.declared, "pods": Decimal(1)}.get(name, Decimal(0))


def cost(prices: object, before: Demand, after: Demand) -> Cost | None:
    """Return what a month costs by the stack's `prices` setting, or None without one.

    One that is wrong is among the preview's errors, and costs nothing here.
    """
    try:
        known = Prices.model_validate(prices, by_alias=True, by_name=False)
    except ValidationError:
        return None
    cpu, memory = Decimal(str(known.cpu_hour)), Decimal(str(known.memory_gib_hour))

    def month(capacity: Capacity) -> Decimal:
        return HOURS * (capacity.cpu * cpu + capacity.memory / _GIB * memory)

    return Cost(
        known.currency,
        (month(before.always), month(after.always)),
        (month(before.most), month(after.most)),
    )
