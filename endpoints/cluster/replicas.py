"""Who decides how many pods a workload has, as the API server notes it in `metadata.managedFields`.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from collections.abc import Mapping
from typing import Any

PROGRAM = "pulumi"
"""How the field managers of Pulumi's plugin begin."""

_AUTOSCALERS = ("kube-controller-manager", "keda")
"""How the field managers of the HorizontalPodAutoscaler's controller and of KEDA begin."""

FIXED = {"pulumi.com/patchForce": "true"}
"""Annotation of workloads with a fixed number of pods: the plugin applies it even if an autoscaler, which
the same update removes, or a person was the last to set it."""


def scaled_by_hand(workload: Mapping[str, Any]) -> str | None:
    """Return the field manager, such as `kubectl`, that a person has set `spec.replicas` by.

    None where an autoscaler or Pulumi has set it, and where the API server does not tell. It never tells who
    has set 0, which may be KEDA as well: that is `somebody`.
    """
    manager = _manager(workload)
    if not manager and replicas(workload) == 0:
        return "somebody"
    return None if manager.startswith((PROGRAM, *_AUTOSCALERS)) else manager or None


def has_fixed_number(workload: Mapping[str, Any]) -> bool:
    """Tell whether Pulumi itself sets `spec.replicas`, because no autoscaler was asked for."""
    return FIXED.items() <= (workload["metadata"].get("annotations") or {}).items()


def _manager(workload: Mapping[str, Any]) -> str:
    for entry in workload["metadata"].get("managedFields") or ():
        if "f:replicas" in (entry.get("fieldsV1", {}).get("f:spec") or {}):
            return str(entry.get("manager", ""))
    return ""


def replicas(workload: Mapping[str, Any]) -> int:
    """Return how many pods a workload is to have; Kubernetes' own default is one."""
    return int(workload["spec"].get("replicas", 1))
