"""What an endpoint's Kubernetes objects have beyond what valohai.yaml and the program decide."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from endpoints.cluster.names import is_qualified_name
from endpoints.stack_file.overrides import Overrides
from endpoints.stack_file.values import Conflict, Model, ObjectName, is_scalar_text, rule

_SHARE = re.compile(r"(?:100|[1-9]?[0-9])%")
_MEMORY = re.compile(r"([1-9][0-9]*)(Mi|Gi|M|G)")
_BYTES = {"Mi": 1024**2, "Gi": 1024**3, "M": 1000**2, "G": 1000**3}

PULUMI_ANNOTATIONS = "pulumi.com/"
"""Annotations by which the engine decides what it waits for."""


def _is_number_of_pods(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _SHARE.fullmatch(value):
        return value
    raise rule('allowed: a number of pods such as 1, or a share of them such as "25%"')


def _is_memory(value: str) -> str:
    if not _MEMORY.fullmatch(value):
        raise rule("allowed: an amount of memory such as 512Mi or 2Gi")
    return value


def _is_annotation(value: str) -> str:
    if not is_qualified_name(value):
        raise rule(
            "allowed as a name: an annotation's key, such as nginx.ingress.kubernetes.io/proxy-body-size"
        )
    if value.startswith(PULUMI_ANNOTATIONS):
        raise rule("is set by the program, which decides by it what an update waits for; remove it")
    return value


PodCount = Annotated[int | str, PlainValidator(_is_number_of_pods, json_schema_input_type=int | str)]
"""A number of pods, or a share of all pods of the endpoint."""

AnnotationKey = Annotated[str, AfterValidator(_is_annotation)]
AnnotationValue = Annotated[
    str, PlainValidator(is_scalar_text, json_schema_input_type=str | int | float | bool)
]

Annotations = Mapping[AnnotationKey, AnnotationValue]
"""Annotations by key. Numbers and booleans are written as the text that Kubernetes stores."""


class RolloutSettings(Model):
    """How new pods take the place of old ones.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
    """

    strategy: Literal["rollingUpdate", "recreate"] = Field(
        default="rollingUpdate",
        description="`rollingUpdate`: old pods stop when new ones are ready. `recreate`: all old pods stop "
        "before new ones start, for nodes without room for both, such as the only GPU; "
        "until then requests fail",
    )
    max_surge: PodCount = Field(
        default="25%",
        description="For `rollingUpdate`: pods beyond the current number, or their share, rounded up",
    )
    max_unavailable: PodCount = Field(
        default=0,
        description="For `rollingUpdate`: pods that may be missing meanwhile, or their share, rounded down. "
        "With `0`, no pod stops before its successor is ready",
    )

    def surge(self, pods: int) -> int:
        """Return how many pods a rollout adds to so many, at most."""
        if self.strategy == "recreate":
            return 0
        if isinstance(self.max_surge, int):
            return self.max_surge
        return -(-pods * int(self.max_surge.removesuffix("%")) // 100)

    @model_validator(mode="after")
    def _has_only_what_its_strategy_uses(self) -> Self:
        # Not a conflict: a place may choose `recreate` whatever numbers more general places set.
        for key, field in (("maxSurge", "max_surge"), ("maxUnavailable", "max_unavailable")):
            if self.strategy == "recreate" and field in self.model_fields_set:
                raise rule(f"{key} is for strategy: rollingUpdate; remove {key}, or the strategy")
        return self

    def conflicts(self) -> Iterator[Conflict]:
        """Find numbers with which no pod could be replaced."""
        if self.strategy == "rollingUpdate" and {self.max_surge, self.max_unavailable} <= {0, "0%"}:
            text = "no pod could be replaced with maxSurge 0 and maxUnavailable 0; raise one of them"
            yield Conflict(("maxSurge", "maxUnavailable"), text)


class RouteSettings(Model):
    """What an endpoint's routes have beyond host and path."""

    annotations: Mapping[AnnotationKey, AnnotationValue | None] = Field(
        default_factory=dict,
        description="Annotations of the endpoint's Ingress or HTTPRoute, beside those of the stack's "
        "`routing`. `null` as a value removes one of these",
    )


class ObjectSettings(Model):
    """What an endpoint's Kubernetes objects have beyond what the program decides."""

    rollout: RolloutSettings = Field(
        default=RolloutSettings(), description="How new pods take the place of old ones"
    )
    runtime_class_name: ObjectName | None = Field(
        default=None,
        description="RuntimeClass of the pods, such as `nvidia` or `gvisor`. Without it, the node's default",
    )
    priority_class_name: ObjectName | None = Field(
        default=None, description="PriorityClass of the pods. Without it, the cluster's default"
    )
    shm_size: Annotated[str, AfterValidator(_is_memory)] | None = Field(
        default=None,
        description="Size of /dev/shm, such as `1Gi`, for programs that share memory between processes. What "
        "is in it counts as memory of the pod. Without it, the container runtime's own, mostly 64 MiB",
    )
    fs_group: Literal["always", "onRootMismatch", "none"] | None = Field(
        default=None,
        description="Whether files of volumes get the group of the pods. `always`: at each start. "
        "`onRootMismatch`: only if the volume's top directory has another group or mode. `none`: never. "
        "Without it, `none` if all volumes are read-only `shared-volumes`, otherwise `always`",
    )
    routing: RouteSettings = Field(
        default=RouteSettings(), description="What the endpoint's routes have beyond host and path"
    )
    overrides: Overrides = Field(
        default=Overrides(),
        description="Fields of Kubernetes objects that no other setting reaches, as patches by kind",
    )

    @property
    def shm_bytes(self) -> int | None:
        """The size of /dev/shm in bytes; None where it is the container runtime's own."""
        found = _MEMORY.fullmatch(self.shm_size or "")
        return int(found[1]) * _BYTES[found[2]] if found else None
