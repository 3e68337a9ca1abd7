"""What Kubernetes takes a container to ask for."""

from collections.abc import Mapping
from typing import Any


def asked_for(resources: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the `requests` and `limits` that hold, by resource: what is limited alone is requested as well.

    `resources` are a container's, or what a LimitRange has for one.
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
    """
    limits = resources.get("limits") or {}
    return {"requests": {**limits, **(resources.get("requests") or {})}, "limits": limits}
