"""A workload that a team may run, as far as it is not changed."""

import copy

from tests.cluster.managed.tries.aim import Aim, Object, metadata


def workload(aim: Aim, pod: Object | None = None, container: Object | None = None) -> Object:
    """Return a workload that is allowed but for what is given of its pod or container."""
    allowed = {
        "name": "theft",
        "image": aim.own_image,
        "command": ["sleep", "600"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    spec = {"terminationGracePeriodSeconds": 0, **copy.deepcopy(pod or {})}
    spec["containers"] = [{**allowed, **copy.deepcopy(container or {})}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(aim),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "theft"}},
            "template": {"metadata": {"labels": {"app": "theft"}}, "spec": spec},
        },
    }
