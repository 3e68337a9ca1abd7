"""Lays the patches of a stack file over Kubernetes objects, as the last step before they are declared."""

from dataclasses import dataclass
from typing import Any

from endpoints.cluster.strategic_merge import merge
from endpoints.plan import EndpointPlan
from endpoints.resources.metadata import as_the_api_names_it

_OWN_NAMES = ("HTTPRoute", "PodMonitor", "ScaledObject")
"""Kinds that Pulumi's SDK does not know: their `spec` has Kubernetes' own names from the start."""


@dataclass(frozen=True)
class Declared:
    """What is declared of an object: dictionaries as Pulumi's SDK takes them.

    `as_the_api_has_it` is the same with Kubernetes' own names of all fields.
    """

    metadata: Any
    spec: Any
    as_the_api_has_it: dict[str, Any]


def laid_over(plan: EndpointPlan, kind: str, metadata: Any, spec: Any) -> Declared:
    """Return metadata and spec of an endpoint's object of that kind, with its patch if there is one."""
    named = {
        "metadata": as_the_api_names_it(metadata),
        "spec": spec if kind in _OWN_NAMES else as_the_api_names_it(spec),
    }
    patch = plan.objects.overrides.by_kind().get(kind)
    if patch is None:
        return Declared(metadata, spec, named)
    # A patch has Kubernetes' own names, which the SDK takes in place of its own.
    patched = merge(named, patch)
    return Declared(patched["metadata"], patched["spec"], patched)
