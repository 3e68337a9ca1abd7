"""How many pods an endpoint has: HorizontalPodAutoscaler and PodDisruptionBudget."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from endpoints.components.identity import IdentityArgs, metadata


class ReplicasArgs(TypedDict):
    """Bounds and aim of the autoscaler."""

    minimum: int
    maximum: int
    cpu_utilization: int
    """Average CPU use to aim at, in percent of the CPU request."""
    scale_down_seconds: int
    """How long the load must have been lower before pods are taken away."""


def autoscaler(
    name: str, identity: IdentityArgs, replicas: ReplicasArgs, opts: pulumi.ResourceOptions
) -> kubernetes.autoscaling.v2.HorizontalPodAutoscaler:
    """Declare the autoscaler.

    Upwards it may double the pods, or add four, every 15 seconds: a burst of requests cannot wait. Downwards
    it halves them at most once a minute, after ``scale_down_seconds`` of lower load.
    """
    return kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        metadata=metadata(identity),
        spec={
            "scale_target_ref": {
                "api_version": "apps/v1",
                "kind": "Deployment",
                "name": identity["object_name"],
            },
            "min_replicas": replicas["minimum"],
            "max_replicas": replicas["maximum"],
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {
                            "type": "Utilization",
                            "average_utilization": replicas["cpu_utilization"],
                        },
                    },
                }
            ],
            "behavior": {
                "scale_up": {
                    "stabilization_window_seconds": 0,
                    "select_policy": "Max",
                    "policies": [
                        {"type": "Percent", "value": 100, "period_seconds": 15},
                        {"type": "Pods", "value": 4, "period_seconds": 15},
                    ],
                },
                "scale_down": {
                    "stabilization_window_seconds": replicas["scale_down_seconds"],
                    "policies": [{"type": "Percent", "value": 50, "period_seconds": 60}],
                },
            },
        },
        opts=opts,
    )


def disruption_budget(
    name: str, identity: IdentityArgs, opts: pulumi.ResourceOptions
) -> kubernetes.policy.v1.PodDisruptionBudget:
    """Declare that a node drain takes one pod at a time.

    Only for endpoints whose minimum is above one: with a single pod a budget would either block drains for
    ever or mean nothing. Pods that are not healthy may always be evicted, or a crashing endpoint would block
    a cluster's upgrade.
    """
    return kubernetes.policy.v1.PodDisruptionBudget(
        name,
        metadata=metadata(identity),
        spec={
            "max_unavailable": 1,
            "selector": {"match_labels": dict(identity["selector"])},
            "unhealthy_pod_eviction_policy": "AlwaysAllow",
        },
        opts=opts,
    )
