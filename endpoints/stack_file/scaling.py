"""How many pods an endpoint has, and what decides it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from endpoints.stack_file.values import (
    Conflict,
    Count,
    Flag,
    Model,
    ObjectName,
    Percentage,
    Quantity,
    Seconds,
    Text,
    is_scalar_text,
    rule,
)


class Replicas(Model):
    """How many pods an endpoint may have. With `min` equal to `max` there is no autoscaler."""

    min: Count = Field(
        default=1, description="Pods that always run. One can serve; 2 or more survive the loss of a node"
    )
    max: Count = Field(default=4, description="Most pods under load")

    def conflicts(self) -> Iterator[Conflict]:
        """Find a minimum above the maximum."""
        if self.min > self.max:
            text = f"min {self.min} is above max {self.max}; lower min or raise max"
            yield Conflict(("min", "max"), text)


class PodsMetric(Model):
    """A metric that every pod has, averaged over them; a metrics adapter of the cluster serves it."""

    kind: Literal["pods"] = Field(description="`pods`: a metric that each pod has, averaged over the pods")
    metric: Text = Field(description="Name of the metric in the adapter")
    labels: Mapping[str, str] = Field(
        default_factory=dict, description="Labels that select among metrics of that name"
    )
    average: Quantity = Field(description="Target for each pod")


class MeasuredObject(Model):
    """A Kubernetes object in the endpoint's namespace that an `ObjectMetric` describes."""

    api_version: Text = Field(description="API version of the object, such as `networking.k8s.io/v1`")
    kind: Text = Field(description="Kind of the object, such as `Ingress`")
    name: ObjectName = Field(description="Name of the object, in the deployment's namespace")


class _TotalMetric(Model):
    """A metric with one value for all pods."""

    metric: Text = Field(description="Name of the metric in the adapter")
    labels: Mapping[str, str] = Field(
        default_factory=dict, description="Labels that select among metrics of that name"
    )
    value: Quantity | None = Field(default=None, description="Target for the metric as it is")
    average: Quantity | None = Field(
        default=None, description="Instead of `value`: target for the metric divided by the number of pods"
    )

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if (self.value is None) == (self.average is None):
            raise rule("allowed: exactly one of value and average")
        return self


class ObjectMetric(_TotalMetric):
    """A metric of another object, such as the requests per second of an Ingress."""

    kind: Literal["object"] = Field(description="`object`: a metric of another Kubernetes object")
    object: MeasuredObject = Field(description="The object that is measured")


class ExternalMetric(_TotalMetric):
    """A metric from outside the cluster, such as the length of a queue."""

    kind: Literal["external"] = Field(description="`external`: a metric from outside the cluster")


Metric = Annotated[PodsMetric | ObjectMetric | ExternalMetric, Field(discriminator="kind")]


class KedaTrigger(Model):
    """A source of events that KEDA scales by."""

    type: Text = Field(description="One of [KEDA's scalers](https://keda.sh/docs/latest/scalers/)")
    metadata: Mapping[
        str, Annotated[str, PlainValidator(is_scalar_text, json_schema_input_type=str | int | float | bool)]
    ] = Field(description="Parameters of the scaler. Everybody can read them, so write no passwords here")
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = Field(
        default=None,
        description="`AverageValue`, `Value` or `Utilization`. Without it, KEDA's own default, "
        "`AverageValue`",
    )
    authentication: ObjectName | None = Field(
        default=None,
        description="Name of a TriggerAuthentication in the deployment's namespace, which holds passwords",
    )


class Keda(Model):
    """A ScaledObject instead of a HorizontalPodAutoscaler, in clusters that run KEDA."""

    triggers: Annotated[tuple[KedaTrigger, ...], Field(min_length=1)] = Field(
        description="What the number of pods follows, beside the CPU and memory targets of `scaling`"
    )
    scale_to_zero: Flag = Field(
        default=False,
        description="Whether no pod runs while no trigger is active. CPU and memory cannot start the first "
        "pod",
    )
    idle_seconds: Count = Field(
        default=300,
        description="With `scaleToZero`: seconds without an active trigger until the last pod stops. The "
        "default is KEDA's own",
    )
    polling_seconds: Count = Field(
        default=30, description="Seconds between two checks of the triggers. The default is KEDA's own"
    )


class Scaling(Model):
    """What the number of pods between `min` and `max` follows. The greatest demand decides."""

    cpu_utilization: Percentage | None = Field(
        default=70,
        description="Target in percent of the CPU request, averaged over the pods. 70 leaves room for the "
        "time that a new pod needs to start. `null`: CPU does not count",
    )
    memory_utilization: Percentage | None = Field(
        default=None,
        description="Target in percent of the memory request, averaged over the pods. Most servers never "
        "free memory; prefer another target",
    )
    scale_up_seconds: Seconds = Field(
        default=0,
        description="Seconds that the load must be higher before pods are added, up to 3600. 0, since "
        "requests cannot wait",
    )
    scale_down_seconds: Seconds = Field(
        default=300,
        description="Seconds that the load must be lower before pods are removed, up to 3600. The default "
        "is Kubernetes' own",
    )
    metrics: tuple[Metric, ...] = Field(default=(), description="Further metrics to follow")
    keda: Keda | None = Field(
        default=None, description="Scaling by KEDA, also to zero, instead of Kubernetes' own autoscaler"
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find two autoscalers, or one without a metric."""
        if self.keda is not None and self.metrics:
            text = "metrics are for Kubernetes' own autoscaler; write them as triggers of keda"
            yield Conflict(("metrics", "keda"), text)
        if (self.cpu_utilization, self.memory_utilization, self.metrics, self.keda) == (None, None, (), None):
            text = (
                "no scaling metric is set; set cpuUtilization, memoryUtilization or metrics,"
                " or set replicas.min equal to replicas.max for a fixed number of pods"
            )
            yield Conflict(("cpuUtilization", "memoryUtilization", "metrics", "keda"), text)
