"""Checks whether somebody has changed by hand what an update sets."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from endpoints.cluster.api import Object
from endpoints.cluster.ownership import TAKE_BACK
from endpoints.cluster.replicas import PROGRAM
from endpoints.preflight.facts import Facts, Finding, Intent, advice
from endpoints.preflight.trial import trial_pods


def check_hand_edits(intent: Intent, facts: Facts) -> Iterator[Finding]:
    """Find fields of pod templates that somebody else has set to another value.

    The API server refuses to set such a field. Pulumi's plugin asks in the preview already, but not for a
    workload whose image is not built yet, which is most of them.
    """
    for deployment in intent.plan.deployments:
        workloads = facts.namespaces[deployment.namespace].workloads or ()
        planned = trial_pods(deployment, intent.target)
        for workload in workloads:
            name = workload["metadata"]["name"]
            if name not in planned:
                continue
            for manager, path, found in edited(workload, planned[name]["spec"]):
                text = f"{manager} has set {path} of the Deployment {name} to {json.dumps(found)} by hand; "
                text += "an update that sets this field can fail with a conflict. To replace the edit, run "
                text += f"`{TAKE_BACK}`"
                yield advice(intent.namespace_problem(deployment.namespace, text))


def edited(workload: Object, planned: Object) -> Iterator[tuple[str, str, Any]]:
    """Yield field manager, path and value of fields of the pod spec that differ from the `planned` one."""
    live = workload["spec"]["template"]["spec"]
    for entry in workload["metadata"].get("managedFields") or ():
        manager = str(entry.get("manager", ""))
        owned: Mapping[str, Any] = entry.get("fieldsV1", {})
        for step in ("f:spec", "f:template", "f:spec"):
            owned = owned.get(step, {})
        if not manager.startswith(PROGRAM):
            for path, found in _differences(owned, live, planned, "spec.template.spec"):
                yield manager, path, found


def _differences(owned: Mapping[str, Any], live: Any, planned: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield paths and live values of owned fields that are planned with another value.

    Keys of `owned` are `f:<field>`, and `k:<keys of an item>` in lists:
    https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#fieldsv1-v1-meta
    """
    for key, below in owned.items():
        kind, _, name = key.partition(":")
        if kind == "f" and isinstance(planned, Mapping) and name in planned:
            inner = (live or {}).get(name), planned[name], f"{path}.{name}"
        elif kind == "k" and isinstance(planned, list | tuple):
            keys = json.loads(name)
            place = f"{path}[{', '.join(map(str, keys.values()))}]"
            inner = _item(live, keys), _item(planned, keys), place
        else:
            continue
        if any(name != "." for name in below):
            yield from _differences(below, *inner)
        elif inner[1] is not None and inner[0] != inner[1]:
            yield inner[2], inner[0]


def _item(items: Any, keys: Mapping[str, Any]) -> Any:
    return next((item for item in items or () if keys.items() <= item.items()), None)
