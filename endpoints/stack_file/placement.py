"""What pods ask for and where they run, in place of what valohai.yaml says.

The valohai.yaml of a commit cannot be edited. A key that is set here replaces the same key there; a key that
is not set changes nothing.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from endpoints.cluster.names import LABEL_VALUE, is_extended_resource, is_qualified_name
from endpoints.stack_file.values import Conflict, Count, Model, rule

_CPU_STEP = Decimal("0.001")
"""Kubernetes does not allow CPU amounts finer than this."""


def _is_cpu(value: object) -> Decimal:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    amount = Decimal(str(value)) if is_number else Decimal("NaN")
    if not amount.is_finite() or amount <= 0 or amount % _CPU_STEP != 0:
        raise rule("allowed: a number of CPUs above 0 in steps of 0.001, such as 0.5")
    return amount


def _is_device(value: str) -> str:
    if not is_extended_resource(value):
        raise rule("allowed as a name: a device's full name, such as nvidia.com/gpu")
    return value


def _is_label_key(value: str) -> str:
    if not is_qualified_name(value):
        raise rule("allowed as a name: a label's key, such as topology.kubernetes.io/zone")
    return value


def _is_label_value(value: str) -> str:
    if not LABEL_VALUE.fullmatch(value):
        raise rule("allowed: a label's value: at most 63 letters, digits, dots, dashes and underscores")
    return value


Cpu = Annotated[Decimal, PlainValidator(_is_cpu, json_schema_input_type=float)]
"""A number of CPUs."""

LabelKey = Annotated[str, AfterValidator(_is_label_key)]
LabelValue = Annotated[str, AfterValidator(_is_label_value)]


def _beyond(low: Decimal | int | None, high: Decimal | int | None) -> Iterator[Conflict]:
    if low is not None and high is not None and low > high:
        yield Conflict(("min", "max"), f"min {low} is above max {high}; lower min or raise max")


class CpuSettings(Model):
    """CPUs of a pod."""

    min: Cpu | None = Field(default=None, description="CPUs that are reserved (request). `null`: the default")
    max: Cpu | None = Field(
        default=None, description="CPUs that may be used at most (limit). `null`: no limit"
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find a minimum above the maximum."""
        yield from _beyond(self.min, self.max)


class MegabyteSettings(Model):
    """Memory or storage of a pod, in MB as in valohai.yaml."""

    min: Count | None = Field(
        default=None, description="MB (10^6 bytes) that are reserved (request). `null`: none"
    )
    max: Count | None = Field(
        default=None, description="MB that may be used at most (limit). `null`: no limit"
    )

    def conflicts(self) -> Iterator[Conflict]:
        """Find a minimum above the maximum."""
        yield from _beyond(self.min, self.max)


class ResourceSettings(Model):
    """What a pod asks for."""

    cpu: CpuSettings = Field(default=CpuSettings(), description="CPU: `{min: 0.5, max: 2}`")
    memory: MegabyteSettings = Field(
        default=MegabyteSettings(), description="Memory in MB: `{min: 500, max: 2000}`"
    )
    ephemeral_storage: MegabyteSettings = Field(
        default=MegabyteSettings(), description="Space on the node's disk in MB"
    )
    devices: Mapping[Annotated[str, AfterValidator(_is_device)], Annotated[int, Field(strict=True, ge=0)]] = (
        Field(default_factory=dict, description="Devices by name: `{nvidia.com/gpu: 1}`. `0`: none")
    )


class TolerationSettings(Model):
    """A taint of nodes that pods tolerate."""

    key: LabelKey | None = Field(
        default=None, description="Key of the taint. Without it, every taint, and `operator` must be `Exists`"
    )
    operator: Literal["Equal", "Exists"] = Field(
        default="Equal", description="`Equal`: the taint has this `value`. `Exists`: it may have any"
    )
    value: LabelValue | None = Field(default=None, description="Value of the taint, for `Equal`")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None,
        description="`NoSchedule`, `PreferNoSchedule` or `NoExecute`. Without it, every effect",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.key is None and self.operator != "Exists":
            raise rule("has no key; add key, or operator: Exists to tolerate every taint")
        if self.value is not None and self.operator == "Exists":
            raise rule("has a value with operator: Exists; remove it, or use operator: Equal")
        return self


NodeSelector = Mapping[LabelKey, LabelValue | None]
"""Labels that a node must have; None: the label of valohai.yaml does not count."""


class NodeExpression(Model):
    """A condition for the labels of a node.

    https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators
    """

    key: LabelKey = Field(description="Key of the label")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = Field(
        default="In", description="`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`"
    )
    values: tuple[LabelValue, ...] = Field(
        default=(), description="Values of the label; for `Gt` and `Lt` one whole number in quotes"
    )

    @model_validator(mode="after")
    def _has_its_values(self) -> Self:
        if self.operator in ("In", "NotIn") and not self.values:
            raise rule(f"has no values; operator {self.operator} needs at least one")
        if self.operator in ("Exists", "DoesNotExist") and self.values:
            raise rule(f"has values, which operator {self.operator} does not take; remove them")
        if self.operator in ("Gt", "Lt") and not (len(self.values) == 1 and self.values[0].isdecimal()):
            raise rule(f'operator {self.operator} needs one whole number: values: ["4"]')
        return self

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a node with these labels meets the condition, as the scheduler decides it."""
        found = labels.get(self.key)
        match self.operator:
            case "In":
                return found in self.values
            case "NotIn":
                return found not in self.values
            case "Exists":
                return found is not None
            case "DoesNotExist":
                return found is None
            case _ if found is None or not found.isdecimal():
                return False
            case "Gt":
                return int(found) > int(self.values[0])
            case _:
                return int(found) < int(self.values[0])


class PreferredExpression(NodeExpression):
    """A condition that a node should meet."""

    weight: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(
        default=1, description="How much the condition counts among others, 1 to 100"
    )


class NodeAffinity(Model):
    """Which nodes pods run on, beyond labels that a node must have."""

    required: tuple[NodeExpression, ...] = Field(
        default=(), description="Conditions that a node must meet, all of them"
    )
    preferred: tuple[PreferredExpression, ...] = Field(
        default=(), description="Conditions by which one node is preferred to another"
    )


class PlacementSettings(Model):
    """What pods ask for and where they run."""

    resources: ResourceSettings = Field(
        default=ResourceSettings(),
        description="CPU, memory, storage and devices of a pod. Keys that are set replace those of "
        "valohai.yaml",
    )
    node_selector: NodeSelector = Field(
        default_factory=dict,
        description="Labels that a node must have, beside those of `node-selector` in valohai.yaml: "
        "`{accelerator: l4}`. `null` as a value removes a label of valohai.yaml",
    )
    tolerations: tuple[TolerationSettings, ...] | None = Field(
        default=None, description="Taints of nodes that pods tolerate, in place of those of valohai.yaml"
    )
    node_affinity: NodeAffinity = Field(
        default=NodeAffinity(), description="Conditions for nodes that labels alone cannot say"
    )
