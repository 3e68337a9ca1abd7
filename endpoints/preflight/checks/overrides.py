"""Checks what the stack file lays over Kubernetes objects: the API server has tried them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from endpoints.cluster.strategic_merge import merge_key
from endpoints.preflight.facts import Facts, Finding, Intent, error
from endpoints.preflight.mistakes import INVALID_PATH, Mistake
from endpoints.preflight.trial import Trial
from endpoints.stack_file import EndpointLayers
from endpoints.yaml_document import KeyPath

_DOTS = (
    "ingress-nginx 1.12.0 to 1.12.5, 1.13.0 and 1.13.1 refuse paths with a dot, and so versions such "
    'as 20261101.0; update it, or set strict-validate-path-type: "false" in the ConfigMap of the '
    "controller"
)

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")


def check_overrides(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find fields that Kubernetes does not know, values that it does not accept, and what policies refuse."""
    for seen in facts.namespaces.values():
        for trial, mistake in seen.mistakes:
            if INVALID_PATH.search(mistake.text):
                yield error(intent.problem(("routing",), f"{' '.join(mistake.text.split())}; {_DOTS}"))
                continue
            if not trial.is_changed:
                continue
            layers = trial.endpoint.layers
            path = _place(trial, mistake, layers)
            name = f"{mistake.field} of the {trial.kind}" if mistake.field else f"the {trial.kind}"
            said = " ".join(mistake.text.split())
            text = f"{name} {said}" if said.startswith("is ") else f"{name}: {said}"
            if path is None:
                yield error(intent.problem(("routing", "annotations"), text))
            else:
                yield error(layers.problem(path, text))


def _place(trial: Trial, mistake: Mistake, layers: EndpointLayers) -> KeyPath | None:
    """Return the endpoint's setting that a mistake is about; None for annotations of the whole stack."""
    patch = trial.endpoint.objects.overrides.by_kind().get(trial.kind)
    if patch is not None:
        return ("overrides", trial.kind, *_path_in_patch(patch, mistake.field))
    return ("routing", "annotations") if layers.sets(("routing", "annotations")) else None


def _path_in_patch(patch: Mapping[str, Any], field: str) -> KeyPath:
    """Return the longest beginning of a field's path that the patch sets.

    Lists of the object may be longer than those of the patch, so that the path ends at a list.
    """
    path: list[str] = []
    value: Any = patch
    for step in _STEP.finditer(field):
        key = step[1]
        if key is None or not isinstance(value, Mapping) or key not in value:
            break
        path.append(key)
        value = value[key]
        if merge_key(key, value) is not None:
            break
    return tuple(path)
