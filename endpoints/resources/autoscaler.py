"""How many pods an endpoint has, by Kubernetes' own HorizontalPodAutoscaler and PodDisruptionBudget."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.autoscaling.v2 import (
    HorizontalPodAutoscalerBehaviorArgsDict,
    MetricIdentifierArgsDict,
    MetricSpecArgsDict,
    MetricTargetArgsDict,
)

from endpoints.resources.identity import IdentityArgs, metadata


class MeasuredObjectArgs(TypedDict):
    """A Kubernetes object that a metric describes."""

    api_version: str
    """Its API version."""
    kind: str
    """Its kind."""
    name: str
    """Its name, in the endpoint's namespace."""


class MetricArgs(TypedDict):
    """One measure that the number of pods follows, and its aim."""

    kind: str
    """``resource`` (CPU or memory), ``pods``, ``object`` or ``external``."""
    name: str
    """The metric's name; with ``resource`` ``cpu`` or ``memory``."""
    labels: NotRequired[dict[str, str]]
    """Labels that choose among metrics of one name; not with ``resource``."""
    object: NotRequired[MeasuredObjectArgs]
    """What the metric is of; with ``object`` only."""
    utilization: NotRequired[int]
    """The aim in percent of the request; with ``resource`` only."""
    average: NotRequired[str]
    """The aim as a quantity for each pod; not with ``resource``."""
    value: NotRequired[str]
    """The aim as a quantity for all pods; with ``object`` and ``external`` only."""


class BehaviorArgs(TypedDict):
    """How fast the number of pods follows the load."""

    scale_up_seconds: int
    """How long the load must have been higher before pods are added."""
    scale_down_seconds: int
    """How long the load must have been lower before pods are taken away."""


class AutoscalerArgs(TypedDict):
    """Bounds and aims of the autoscaler."""

    minimum: int
    """Pods that always run."""
    maximum: int
    """Most pods."""
    metrics: list[MetricArgs]
    """What the number follows; the measure that asks for most pods decides."""
    behavior: BehaviorArgs
    """How fast it follows."""


def behavior(args: BehaviorArgs) -> HorizontalPodAutoscalerBehaviorArgsDict:
    """Return fast up and slow down.

    Upwards it may double the pods, or add four, every 15 seconds: a burst of requests cannot wait. Downwards
    it halves them at most once a minute.
    """
    return {
        "scale_up": {
            "stabilization_window_seconds": args["scale_up_seconds"],
            "select_policy": "Max",
            "policies": [
                {"type": "Percent", "value": 100, "period_seconds": 15},
                {"type": "Pods", "value": 4, "period_seconds": 15},
            ],
        },
        "scale_down": {
            "stabilization_window_seconds": args["scale_down_seconds"],
            "policies": [{"type": "Percent", "value": 50, "period_seconds": 60}],
        },
    }


def _target(metric: MetricArgs) -> MetricTargetArgsDict:
    if "utilization" in metric:
        return {"type": "Utilization", "average_utilization": metric["utilization"]}
    if "average" in metric:
        return {"type": "AverageValue", "average_value": metric["average"]}
    return {"type": "Value", "value": metric["value"]}


def _metric(metric: MetricArgs) -> MetricSpecArgsDict:
    target = _target(metric)
    identifier: MetricIdentifierArgsDict = {"name": metric["name"]}
    if metric.get("labels"):
        identifier["selector"] = {"match_labels": dict(metric["labels"])}
    match metric["kind"]:
        case "resource":
            return {"type": "Resource", "resource": {"name": metric["name"], "target": target}}
        case "pods":
            return {"type": "Pods", "pods": {"metric": identifier, "target": target}}
        case "object":
            described = metric["object"]
            return {
                "type": "Object",
                "object": {"described_object": {**described}, "metric": identifier, "target": target},
            }
        case "external":
            return {"type": "External", "external": {"metric": identifier, "target": target}}
    raise ValueError(f"unknown kind of metric: {metric['kind']}")


def autoscaler(
    name: str, identity: IdentityArgs, args: AutoscalerArgs, opts: pulumi.ResourceOptions
) -> kubernetes.autoscaling.v2.HorizontalPodAutoscaler:
    """Declare the autoscaler.

    The annotation lets KEDA take the workload over while this object still exists: KEDA refuses to otherwise,
    and the engine removes objects only when all others are in place.
    """
    return kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        metadata=metadata(identity, {"validations.keda.sh/hpa-ownership": "false"}),
        spec={
            "scale_target_ref": {
                "api_version": "apps/v1",
                "kind": "Deployment",
                "name": identity["object_name"],
            },
            "min_replicas": args["minimum"],
            "max_replicas": args["maximum"],
            "metrics": [_metric(metric) for metric in args["metrics"]],
            "behavior": behavior(args["behavior"]),
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
