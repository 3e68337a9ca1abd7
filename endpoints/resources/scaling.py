"""How many pods an endpoint has: by a HorizontalPodAutoscaler, or by a ScaledObject of KEDA."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.autoscaling.v2 import (
    CrossVersionObjectReferenceArgsDict,
    HorizontalPodAutoscalerBehaviorArgsDict,
    HorizontalPodAutoscalerSpecArgsDict,
    MetricIdentifierArgsDict,
    MetricSpecArgsDict,
    MetricTargetArgsDict,
)
from pulumi_kubernetes.policy.v1 import PodDisruptionBudgetSpecArgsDict

from endpoints.plan import EndpointPlan
from endpoints.resources.metadata import as_the_api_names_it, metadata
from endpoints.resources.overrides import Declared, laid_over
from endpoints.stack_file import (
    ExternalMetric,
    Keda,
    KedaTrigger,
    Metric,
    ObjectMetric,
    PodsMetric,
    Scaling,
)


def scale(name: str, plan: EndpointPlan, opts: pulumi.ResourceOptions) -> None:
    """Declare what decides the number of pods, unless it is fixed: Kubernetes' own autoscaler, or KEDA."""
    scaling = plan.scaling
    if scaling is not None and scaling.keda is not None:
        declared = scaled_object(plan, scaling, scaling.keda)
        kubernetes.apiextensions.CustomResource(
            name,
            api_version="keda.sh/v1alpha1",
            kind="ScaledObject",
            metadata=declared.metadata,
            spec=declared.spec,
            opts=opts,
        )
    elif scaling is not None:
        declared = autoscaler_object(plan, scaling)
        kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
            name, metadata=declared.metadata, spec=declared.spec, opts=opts
        )


def autoscaler_object(plan: EndpointPlan, scaling: Scaling) -> Declared:
    """Build the HorizontalPodAutoscaler; the measure that asks for most pods decides.

    The annotation lets KEDA take the workload over while this object still exists: KEDA refuses to otherwise,
    and the engine removes objects only when all others are in place.
    """
    resources: list[MetricSpecArgsDict] = [
        {
            "type": "Resource",
            "resource": {
                "name": resource,
                "target": {"type": "Utilization", "average_utilization": percent},
            },
        }
        for resource, percent in _utilizations(scaling).items()
    ]
    spec: HorizontalPodAutoscalerSpecArgsDict = {
        "scale_target_ref": {
            "api_version": "apps/v1",
            "kind": "Deployment",
            "name": plan.address.object_name,
        },
        "min_replicas": plan.replicas.min,
        "max_replicas": plan.replicas.max,
        "metrics": [*resources, *(_metric(metric) for metric in scaling.metrics)],
        "behavior": _behavior(scaling),
    }
    described = metadata(plan.address, {"validations.keda.sh/hpa-ownership": "false"})
    return laid_over(plan, "HorizontalPodAutoscaler", described, spec)


def _behavior(scaling: Scaling) -> HorizontalPodAutoscalerBehaviorArgsDict:
    """Return fast up and slow down.

    Upwards it may double the pods, or add four, every 15 seconds: a burst of requests cannot wait. Downwards
    it halves them at most once a minute.
    """
    return {
        "scale_up": {
            "stabilization_window_seconds": scaling.scale_up_seconds,
            "select_policy": "Max",
            "policies": [
                {"type": "Percent", "value": 100, "period_seconds": 15},
                {"type": "Pods", "value": 4, "period_seconds": 15},
            ],
        },
        "scale_down": {
            "stabilization_window_seconds": scaling.scale_down_seconds,
            "policies": [{"type": "Percent", "value": 50, "period_seconds": 60}],
        },
    }


def _utilizations(scaling: Scaling) -> dict[str, int]:
    """Return the aims in percent of the request, by resource."""
    found = {"cpu": scaling.cpu_utilization, "memory": scaling.memory_utilization}
    return {name: percent for name, percent in found.items() if percent is not None}


def _metric(metric: Metric) -> MetricSpecArgsDict:
    identifier: MetricIdentifierArgsDict = {"name": metric.metric}
    if metric.labels:
        identifier["selector"] = {"match_labels": dict(metric.labels)}
    target = _aim(metric)
    match metric:
        case PodsMetric():
            return {"type": "Pods", "pods": {"metric": identifier, "target": target}}
        case ObjectMetric(object=described):
            measured: CrossVersionObjectReferenceArgsDict = {
                "api_version": described.api_version,
                "kind": described.kind,
                "name": described.name,
            }
            return {
                "type": "Object",
                "object": {"described_object": measured, "metric": identifier, "target": target},
            }
        case ExternalMetric():
            return {"type": "External", "external": {"metric": identifier, "target": target}}


def _aim(metric: Metric) -> MetricTargetArgsDict:
    if metric.average is not None:
        return {"type": "AverageValue", "average_value": metric.average}
    if isinstance(metric, PodsMetric) or metric.value is None:
        raise ValueError("load_settings lets no metric without an aim through")
    return {"type": "Value", "value": metric.value}


def scaled_object(plan: EndpointPlan, scaling: Scaling, keda: Keda) -> Declared:
    """Build a ScaledObject, of which KEDA makes an autoscaler of its own.

    KEDA tells the fewest pods while a trigger is active (minReplicaCount) from those while none is
    (idleReplicaCount), for which it accepts 0 alone. CPU and memory are triggers like any other to it.
    https://keda.sh/docs/latest/reference/scaledobject-spec/
    """
    resources: list[dict[str, Any]] = [
        {"type": resource, "metricType": "Utilization", "metadata": {"value": str(percent)}}
        for resource, percent in _utilizations(scaling).items()
    ]
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": plan.address.object_name},
        "minReplicaCount": plan.replicas.min,
        "maxReplicaCount": plan.replicas.max,
        "cooldownPeriod": keda.idle_seconds,
        "pollingInterval": keda.polling_seconds,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": as_the_api_names_it(_behavior(scaling))}},
        "triggers": [*resources, *(_trigger(trigger) for trigger in keda.triggers)],
    }
    if keda.scale_to_zero:
        spec["idleReplicaCount"] = 0
    return laid_over(plan, "ScaledObject", metadata(plan.address), spec)


def _trigger(trigger: KedaTrigger) -> dict[str, Any]:
    described: dict[str, Any] = {"type": trigger.type, "metadata": dict(trigger.metadata)}
    if trigger.metric_type is not None:
        described["metricType"] = trigger.metric_type
    if trigger.authentication is not None:
        described["authenticationRef"] = {"name": trigger.authentication}
    return described


def disruption_budget(name: str, plan: EndpointPlan, opts: pulumi.ResourceOptions) -> None:
    """Declare that a node drain takes one pod at a time, for endpoints whose minimum is above one."""
    declared = disruption_budget_object(plan)
    if declared is not None:
        kubernetes.policy.v1.PodDisruptionBudget(
            name, metadata=declared.metadata, spec=declared.spec, opts=opts
        )


def disruption_budget_object(plan: EndpointPlan) -> Declared | None:
    """Build the PodDisruptionBudget; None for an endpoint that may have a single pod.

    With a single pod a budget would either block drains for ever or mean nothing. Pods that are not healthy
    may always be evicted, or a crashing endpoint would block a cluster's upgrade.
    """
    if plan.replicas.min == 1:
        return None
    spec: PodDisruptionBudgetSpecArgsDict = {
        "max_unavailable": 1,
        "selector": {"match_labels": dict(plan.address.selector)},
        "unhealthy_pod_eviction_policy": "AlwaysAllow",
    }
    return laid_over(plan, "PodDisruptionBudget", metadata(plan.address), spec)
