"""What Kubernetes objects of endpoints and aliases have in common."""

from collections.abc import Mapping
from typing import Any

from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict
from pydantic.alias_generators import to_camel

from endpoints.plan import EndpointPlan
from endpoints.plan.address import Address, Alias
from endpoints.target.target import Router

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""The engine would wait 10 s for every Service to settle, and up to 10 min for an Ingress status that many
routers never write. The workload's own wait already tells whether the endpoint came up.
"""


def metadata(served: Address | Alias, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgsDict:
    """Build an object's ``metadata``; without annotations the field is absent rather than empty."""
    described: ObjectMetaArgsDict = {
        "name": served.object_name,
        "namespace": served.namespace,
        "labels": dict(served.labels),
    }
    if annotations:
        described["annotations"] = dict(annotations)
    return described


def route_annotations(plan: EndpointPlan, router: Router) -> dict[str, str]:
    """Return the annotations of an endpoint's routes: the stack's, and the endpoint's own in their place."""
    given = {**router.annotations, **plan.objects.routing.annotations}
    return {key: value for key, value in given.items() if value is not None}


_OF_THE_USER = frozenset({"annotations", "labels", "limits", "match_labels", "node_selector", "requests"})
"""Fields whose keys are names, and not Kubernetes' own."""


def _field(key: str) -> str:
    """Return the API's name of a field; labels in selectors are no identifiers, and stay as they are."""
    return to_camel(key.rstrip("_")) if key.isidentifier() else key


def as_the_api_names_it(value: Any) -> Any:
    """Spell the fields as Kubernetes does, which Pulumi's SDK does for the kinds that it knows."""
    if isinstance(value, Mapping):
        return {
            _field(key): item if key in _OF_THE_USER else as_the_api_names_it(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [as_the_api_names_it(item) for item in value]
    return value
