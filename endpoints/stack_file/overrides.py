"""What a stack file lays over the Kubernetes objects that the program declares."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, JsonValue, PlainValidator

from endpoints.cluster.strategic_merge import MERGE_KEYS, compose
from endpoints.stack_file.values import Model, rule

_PARTS = ("metadata", "spec")


class Patch(Mapping[str, Any]):
    """A strategic merge patch for an object. Patches of several layers are applied one after the other."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = dict(content)

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return f"Patch({self._content})"

    def then(self, later: "Patch") -> "Patch":
        """Return the patch that does what this one and then a later one would do."""
        return Patch(compose(self, later))


def _is_patch(value: object) -> Patch:
    if isinstance(value, Patch):
        return value
    if not isinstance(value, Mapping) or not value:
        raise rule("allowed: a mapping of metadata, spec or both: {spec: {...}}")
    for key in value:
        if key not in _PARTS:
            raise rule(f"has the key {key}; allowed: metadata, spec")
    for key in _PARTS:
        if key in value and not isinstance(value[key], Mapping):
            raise rule(f"has no mapping as {key}; allowed: {key}: {{FIELD: VALUE}}")
    if problem := next(_nameless(value), None):
        raise rule(problem)
    return Patch(value)


def _nameless(value: object, list_name: str = "") -> Iterator[str]:
    """Find items of lists that are merged by name, and have none."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _nameless(inner, str(key))
    elif isinstance(value, list):
        names = MERGE_KEYS.get(list_name)
        for item in value:
            if names and not (isinstance(item, Mapping) and any(name in item for name in names)):
                yield (
                    f"has an item without {' or '.join(names)} in {list_name}; these lists are merged by it, "
                    "and not replaced; add it"
                )
            yield from _nameless(item)


PatchValue = Annotated[
    Patch | None,
    PlainValidator(
        lambda value: None if value is None else _is_patch(value),
        json_schema_input_type=Mapping[str, JsonValue] | None,
    ),
]
"""A patch; None removes the patches of more general places."""


class Overrides(Model):
    """Patches for an endpoint's Kubernetes objects, by their kind."""

    deployment: PatchValue = Field(
        default=None, alias="Deployment", description="For the Deployment: pods, containers, rollouts"
    )
    service: PatchValue = Field(default=None, alias="Service", description="For the Service")
    ingress: PatchValue = Field(
        default=None, alias="Ingress", description="For the Ingress, also that of an alias"
    )
    http_route: PatchValue = Field(
        default=None, alias="HTTPRoute", description="For the HTTPRoute, also that of an alias"
    )
    horizontal_pod_autoscaler: PatchValue = Field(
        default=None, alias="HorizontalPodAutoscaler", description="For Kubernetes' own autoscaler"
    )
    scaled_object: PatchValue = Field(
        default=None, alias="ScaledObject", description="For the ScaledObject of KEDA"
    )
    pod_disruption_budget: PatchValue = Field(
        default=None, alias="PodDisruptionBudget", description="For the PodDisruptionBudget"
    )
    pod_monitor: PatchValue = Field(default=None, alias="PodMonitor", description="For the PodMonitor")

    def by_kind(self) -> dict[str, Patch]:
        """Return the patches by kind, without the kinds that have none."""
        fields = type(self).model_fields
        found = {str(field.alias): getattr(self, name) for name, field in fields.items()}
        return {kind: patch for kind, patch in found.items() if patch is not None}
