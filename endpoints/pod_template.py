"""What stands in the pods of a declared object, whatever kind of object runs them."""

from collections.abc import Iterator, Mapping
from typing import Any


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
