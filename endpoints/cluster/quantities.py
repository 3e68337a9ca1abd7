"""Quantities of Kubernetes, and what pods ask for in them."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?", re.ASCII)
_POWERS = {
    **{unit: (Decimal(1000), power) for power, unit in enumerate("num", start=-3)},
    **{unit: (Decimal(1000), power) for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": (Decimal(1024), power) for power, unit in enumerate("KMGTPE", start=1)},
}


def amount(quantity: object) -> Decimal | None:
    """Return how much a quantity is (`500m`: 0.5, `1Ki`: 1024), or None for what is no quantity.

    The grammar is that of k8s.io/apimachinery/pkg/api/resource.Quantity.
    """
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None:
        return None
    number, suffix, exponent = match.groups()
    if exponent:
        return Decimal(number).scaleb(int(exponent))
    base, power = _POWERS.get(suffix, (Decimal(1), 0))
    return Decimal(number) * base**power


def asked_for(resources: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the `requests` and `limits` that hold, by resource: what is limited alone is requested as well.

    `resources` are a container's, or what a LimitRange has for one.
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
    """
    limits = resources.get("limits") or {}
    return {"requests": {**limits, **(resources.get("requests") or {})}, "limits": limits}


_OTHER_NAMES = {
    "cpu": "requests.cpu",
    "memory": "requests.memory",
    "ephemeral-storage": "requests.ephemeral-storage",
    "count/pods": "pods",
    "count/persistentvolumeclaims": "persistentvolumeclaims",
}


def quota_name(name: str) -> str:
    """Return the one name, among those that a ResourceQuota may use, by which a resource is counted here.

    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    return _OTHER_NAMES.get(name, name)


def taken_of_quota(resources: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return what a container with these `requests` and `limits` takes of a quota.

    Names are those of the quota, such as `requests.cpu`. What is no quantity is left out.
    """
    return {
        f"{group}.{name}": found
        for group, given in asked_for(resources).items()
        for name, quantity in given.items()
        if (found := amount(quantity)) is not None
    }


def added(some: Mapping[str, Decimal], others: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the sums of amounts by their names; what is in one alone stays as it is."""
    return {name: some.get(name, Decimal()) + others.get(name, Decimal()) for name in {**some, **others}}


def running_together(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the containers of a pod's specification that run at the same time, sidecars included.

    https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    """
    prepared = pod.get("initContainers") or ()
    sidecars = [container for container in prepared if container.get("restartPolicy") == "Always"]
    return [*sidecars, *(pod.get("containers") or ())]


def requested(pod: Mapping[str, Any], resource: str) -> Decimal:
    """Return how much of a resource the containers of a pod request together."""
    given = (
        asked_for(item.get("resources") or {})["requests"] for item in running_together(pod.get("spec", {}))
    )
    return sum((amount(names.get(resource)) or Decimal() for names in given), Decimal())


def pod_spec(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pods' specification of a Pod, or of what has a template of them; else nothing."""
    spec: Mapping[str, Any] = declared.get("spec") or {}
    match declared.get("kind"):
        case "Pod":
            return spec
        case "CronJob":
            spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return (spec.get("template") or {}).get("spec") or {}


def containers(declared: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every container of an object's pods, those that prepare them included."""
    spec = pod_spec(declared)
    yield from spec.get("initContainers") or []
    yield from spec.get("containers") or []
