"""What a change asks of the cluster: quotas and costs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from endpoints.errors import Problem, ProjectError
from endpoints.preview import Preview
from endpoints.quantities import amount
from endpoints.report.models import Capacity, Cost, Demand, EndpointChange, NamespaceUse

HOURS = 730
"""A month: a twelfth of a year."""

_GIB = Decimal(2**30)
_NAMES = {"cpu": "requests.cpu", "memory": "requests.memory"}
"""A quota's other names of requests: https://kubernetes.io/docs/concepts/policy/resource-quotas/."""


@dataclass(frozen=True)
class Quota:
    """What a namespace may request at most, by the quota's names: `requests.cpu`, `pods` and so on."""

    namespace: str
    hard: Mapping[str, Decimal]


def quotas_of(preview: Preview) -> tuple[Quota, ...]:
    """Return the quotas that the stack itself declares."""
    objects = (resource.after for resource in preview.resources if resource.kind == "ResourceQuota")
    return tuple(_quota(declared) for declared in objects if declared)


def read_quotas(text: str, shown_as: str) -> tuple[Quota, ...]:
    """Read what `kubectl get resourcequota --all-namespaces -o json` prints; raises ProjectError."""
    try:
        items = json.loads(text)["items"]
        return tuple(_quota(item) for item in items)
    except (ValueError, KeyError, TypeError):
        remedy = "make it by: kubectl get resourcequota --all-namespaces -o json"
        raise ProjectError(Problem(shown_as, None, "", f"is no list of quotas; {remedy}")) from None


def _quota(item: Mapping[str, Any]) -> Quota:
    hard = {
        _NAMES.get(name, name): amount(quantity) or Decimal(0)
        for name, quantity in item["spec"].get("hard", {}).items()
    }
    return Quota(item["metadata"]["namespace"], hard)


def namespace_uses(endpoints: Sequence[EndpointChange], quotas: Sequence[Quota]) -> Iterator[NamespaceUse]:
    """Yield for each namespace with a quota what the endpoints will request of it."""
    for quota in sorted(quotas, key=lambda quota: quota.namespace):
        states = [
            endpoint.after
            for endpoint in endpoints
            if endpoint.after and endpoint.after.namespace == quota.namespace
        ]
        if states:
            demand = sum((state.demand for state in states), Demand())
            yield NamespaceUse(
                quota.namespace,
                _by_name(demand.always, sum(state.minimum for state in states), quota),
                _by_name(demand.most, sum(state.maximum for state in states), quota),
                {name: quota.hard[name] for name in _MEASURED if name in quota.hard},
            )


_MEASURED = ("requests.cpu", "requests.memory", "pods")


def _by_name(capacity: Capacity, pods: int, quota: Quota) -> Mapping[str, Decimal]:
    found = dict(zip(_MEASURED, (capacity.cpu, capacity.memory, Decimal(pods)), strict=True))
    return {name: value for name, value in found.items() if name in quota.hard}


def cost(prices: Mapping[str, Any] | None, before: Demand, after: Demand) -> Cost | None:
    """Return what a month costs by the stack's `prices` setting, or None without one."""
    if not isinstance(prices, Mapping):
        return None
    cpu, memory = (Decimal(str(prices[key])) for key in ("cpuHour", "memoryGibHour"))

    def month(capacity: Capacity) -> Decimal:
        return HOURS * (capacity.cpu * cpu + capacity.memory / _GIB * memory)

    return Cost(
        str(prices["currency"]),
        (month(before.always), month(after.always)),
        (month(before.most), month(after.most)),
    )
