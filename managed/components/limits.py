"""What the pods of a namespace may use, alone and together."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

NAME = "team"
"""Name of the ResourceQuota and of the LimitRange."""


class LimitsArgs(TypedDict):
    """Amounts as Kubernetes quantities, by resource."""

    quota: dict[str, str]
    """For all pods together, by the names of a ResourceQuota."""
    default_requests: dict[str, str]
    """Requests of a container that names none."""
    default_limits: dict[str, str]
    """Limits of a container that names none."""
    max: dict[str, str]
    """The most that one container may have."""


def limits(name: str, namespace: str, args: LimitsArgs, opts: pulumi.ResourceOptions) -> None:
    """Declare the quota, and the defaults without which it would refuse pods."""
    labels = {"app.kubernetes.io/managed-by": "pulumi"}
    kubernetes.core.v1.ResourceQuota(
        name,
        metadata={"name": NAME, "namespace": namespace, "labels": labels},
        spec={"hard": dict(args["quota"])},
        opts=opts,
    )
    kubernetes.core.v1.LimitRange(
        name,
        metadata={"name": NAME, "namespace": namespace, "labels": labels},
        spec={
            "limits": [
                {
                    "type": "Container",
                    "default_request": dict(args["default_requests"]),
                    "default": dict(args["default_limits"]),
                    "max": dict(args["max"]),
                }
            ]
        },
        opts=opts,
    )
