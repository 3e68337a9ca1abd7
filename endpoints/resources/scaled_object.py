"""How many pods an endpoint has, by KEDA's means: a ScaledObject, which makes an autoscaler of its own."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic.alias_generators import to_camel

from endpoints.resources.autoscaler import BehaviorArgs, behavior
from endpoints.resources.identity import IdentityArgs, metadata


class TriggerArgs(TypedDict):
    """What KEDA asks whether pods are needed."""

    type: str
    """One of KEDA's scalers."""
    metadata: dict[str, str]
    """The scaler's own parameters."""
    metric_type: NotRequired[str]
    """``AverageValue``, ``Value`` or ``Utilization``; KEDA's choice when absent."""
    authentication: NotRequired[str]
    """Name of a TriggerAuthentication in the endpoint's namespace."""


class ScaledObjectArgs(TypedDict):
    """Bounds and triggers of a ScaledObject."""

    minimum: int
    """Fewest pods while a trigger is active."""
    maximum: int
    """Most pods."""
    to_zero: bool
    """Whether no pod runs while no trigger is active."""
    idle_seconds: int
    """How long no trigger must have been active before the last pod goes."""
    polling_seconds: int
    """How often KEDA asks its triggers."""
    triggers: list[TriggerArgs]
    """What the number follows; the trigger that asks for most pods decides."""
    behavior: BehaviorArgs
    """How fast it follows."""


def _trigger(trigger: TriggerArgs) -> dict[str, Any]:
    described: dict[str, Any] = {"type": trigger["type"], "metadata": dict(trigger["metadata"])}
    if "metric_type" in trigger:
        described["metricType"] = trigger["metric_type"]
    if "authentication" in trigger:
        described["authenticationRef"] = {"name": trigger["authentication"]}
    return described


def _as_the_api_names_it(value: Any) -> Any:
    """Spell the keys as Kubernetes does, which the SDK does for the kinds that it knows."""
    if isinstance(value, Mapping):
        return {to_camel(key): _as_the_api_names_it(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_the_api_names_it(item) for item in value]
    return value


def scaled_object(
    name: str, identity: IdentityArgs, args: ScaledObjectArgs, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Declare the ScaledObject.

    KEDA tells the fewest pods while a trigger is active (minReplicaCount) from those while none is
    (idleReplicaCount), for which it accepts 0 alone.
    https://keda.sh/docs/latest/reference/scaledobject-spec/
    """
    pace = _as_the_api_names_it(behavior(args["behavior"]))
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": identity["object_name"]},
        "minReplicaCount": args["minimum"],
        "maxReplicaCount": args["maximum"],
        "cooldownPeriod": args["idle_seconds"],
        "pollingInterval": args["polling_seconds"],
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": pace}},
        "triggers": [_trigger(trigger) for trigger in args["triggers"]],
    }
    if args["to_zero"]:
        spec["idleReplicaCount"] = 0
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="keda.sh/v1alpha1",
        kind="ScaledObject",
        metadata=metadata(identity),
        spec=spec,
        opts=opts,
    )
