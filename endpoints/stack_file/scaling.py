"""How many pods an endpoint has, and what decides it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from endpoints.stack_file.model import Conflict, Model
from endpoints.stack_file.values import (
    Count,
    Flag,
    ObjectName,
    Percentage,
    Quantity,
    Seconds,
    Text,
    is_scalar_text,
    rule,
)


class Replicas(Model):
    """How many pods an endpoint may have: one is enough to serve, up to three more are added under load.

    With `min` equal to `max` the number is fixed and no autoscaler exists.
    """

    min: Count = 1
    max: Count = 4

    def conflicts(self) -> Iterator[Conflict]:
        """Find a minimum above the maximum."""
        if self.min > self.max:
            text = f"min {self.min} is above max {self.max}; lower min or raise max"
            yield Conflict(("min", "max"), text)


class PodsMetric(Model):
    """A metric that every pod has, averaged over them; a metrics adapter of the cluster serves it."""

    kind: Literal["pods"]
    metric: Text
    labels: Mapping[str, str] = Field(default_factory=dict)
    average: Quantity


class MeasuredObject(Model):
    """A Kubernetes object in the endpoint's namespace that an `ObjectMetric` describes."""

    api_version: Text
    kind: Text
    name: ObjectName


class _TotalMetric(Model):
    """A metric with one value for all pods: `value` is aimed at as it is, `average` once divided by them."""

    metric: Text
    labels: Mapping[str, str] = Field(default_factory=dict)
    value: Quantity | None = None
    average: Quantity | None = None

    @model_validator(mode="after")
    def _has_one_aim(self) -> Self:
        if (self.value is None) == (self.average is None):
            raise rule("allowed: exactly one of value and average")
        return self


class ObjectMetric(_TotalMetric):
    """A metric of another object, such as the requests per second of an Ingress."""

    kind: Literal["object"]
    object: MeasuredObject


class ExternalMetric(_TotalMetric):
    """A metric from outside the cluster, such as the length of a queue."""

    kind: Literal["external"]


Metric = Annotated[PodsMetric | ObjectMetric | ExternalMetric, Field(discriminator="kind")]


class KedaTrigger(Model):
    """A source of events that KEDA scales by; `type` and `metadata` are as in its list of scalers.

    https://keda.sh/docs/latest/scalers/ -- `metric_type` None is KEDA's own choice, AverageValue.
    `authentication` names a TriggerAuthentication in the deployment's namespace; passwords belong there.
    """

    type: Text
    metadata: Mapping[
        str, Annotated[str, PlainValidator(is_scalar_text, json_schema_input_type=str | int | float | bool)]
    ]
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = None
    authentication: ObjectName | None = None


class Keda(Model):
    """A ScaledObject in place of a HorizontalPodAutoscaler, in clusters that run KEDA.

    With `scale_to_zero` no pod runs once no trigger has been active for `idle_seconds`, and `min` pods as
    soon as one is. KEDA looks at the triggers every `polling_seconds`. Both numbers are its own defaults.
    """

    triggers: Annotated[tuple[KedaTrigger, ...], Field(min_length=1)]
    scale_to_zero: Flag = False
    idle_seconds: Count = 300
    polling_seconds: Count = 30


class Scaling(Model):
    """What the number of pods between `min` and `max` follows. The greatest demand of all of these counts.

    `cpu_utilization` and `memory_utilization` are percentages of the request, the average over all pods; None
    means that it does not count. 70 leaves room for the time that a new pod needs. A load must have been
    higher for `scale_up_seconds` before pods are added: 0, since requests cannot wait. It must have been
    lower for `scale_down_seconds`, Kubernetes' own 5 minutes, before pods are taken away.
    """

    cpu_utilization: Percentage | None = 70
    memory_utilization: Percentage | None = None
    scale_up_seconds: Seconds = 0
    scale_down_seconds: Seconds = 300
    metrics: tuple[Metric, ...] = ()
    keda: Keda | None = None

    def conflicts(self) -> Iterator[Conflict]:
        """Find two autoscalers, or one that would have nothing to go by."""
        if self.keda is not None and self.metrics:
            text = "metrics are for Kubernetes' own autoscaler; write them as triggers of keda"
            yield Conflict(("metrics", "keda"), text)
        if (self.cpu_utilization, self.memory_utilization, self.metrics, self.keda) == (None, None, (), None):
            text = (
                "there is nothing to follow; set cpuUtilization, memoryUtilization or metrics,"
                " or fix the number of pods by replicas with min equal to max"
            )
            yield Conflict(("cpuUtilization", "memoryUtilization", "metrics", "keda"), text)
