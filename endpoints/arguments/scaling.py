"""Arguments of what decides the number of pods."""

from endpoints.plan import Replicas
from endpoints.resources.autoscaler import AutoscalerArgs, BehaviorArgs, MetricArgs
from endpoints.resources.scaled_object import ScaledObjectArgs, TriggerArgs
from endpoints.stack_file import Keda, KedaTrigger, Metric, ObjectMetric, Scaling


def autoscaler_arguments(replicas: Replicas, scaling: Scaling) -> AutoscalerArgs:
    """Return bounds and aims of a HorizontalPodAutoscaler."""
    utilizations = _utilizations(scaling)
    resources: list[MetricArgs] = [
        {"kind": "resource", "name": name, "utilization": percent} for name, percent in utilizations.items()
    ]
    return {
        "minimum": replicas.minimum,
        "maximum": replicas.maximum,
        "metrics": [*resources, *(_metric(metric) for metric in scaling.metrics)],
        "behavior": _behavior(scaling),
    }


def scaled_object_arguments(replicas: Replicas, scaling: Scaling, keda: Keda) -> ScaledObjectArgs:
    """Return bounds and triggers of a ScaledObject; CPU and memory are triggers like any other to KEDA."""
    resources: list[TriggerArgs] = [
        {"type": name, "metric_type": "Utilization", "metadata": {"value": str(percent)}}
        for name, percent in _utilizations(scaling).items()
    ]
    return {
        "minimum": replicas.minimum,
        "maximum": replicas.maximum,
        "to_zero": keda.scale_to_zero,
        "idle_seconds": keda.idle_seconds,
        "polling_seconds": keda.polling_seconds,
        "triggers": [*resources, *(_trigger(trigger) for trigger in keda.triggers)],
        "behavior": _behavior(scaling),
    }


def _utilizations(scaling: Scaling) -> dict[str, int]:
    found = {"cpu": scaling.cpu_utilization, "memory": scaling.memory_utilization}
    return {name: percent for name, percent in found.items() if percent is not None}


def _behavior(scaling: Scaling) -> BehaviorArgs:
    return {"scale_up_seconds": scaling.scale_up_seconds, "scale_down_seconds": scaling.scale_down_seconds}


def _metric(metric: Metric) -> MetricArgs:
    arguments: MetricArgs = {"kind": metric.kind, "name": metric.metric}
    if metric.labels:
        arguments["labels"] = dict(metric.labels)
    if metric.average is not None:
        arguments["average"] = metric.average
    elif metric.value is not None:
        arguments["value"] = metric.value
    if isinstance(metric, ObjectMetric):
        described = metric.object
        arguments["object"] = {
            "api_version": described.api_version,
            "kind": described.kind,
            "name": described.name,
        }
    return arguments


def _trigger(trigger: KedaTrigger) -> TriggerArgs:
    arguments: TriggerArgs = {"type": trigger.type, "metadata": dict(trigger.metadata)}
    if trigger.metric_type is not None:
        arguments["metric_type"] = trigger.metric_type
    if trigger.authentication is not None:
        arguments["authentication"] = trigger.authentication
    return arguments
