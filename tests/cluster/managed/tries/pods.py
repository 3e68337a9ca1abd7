"""Pods by which a team tries to get out of its limits, and at the node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.cluster.managed.tries.aim import Object


@dataclass(frozen=True)
class Escape:
    """A change of a pod, or of its container, that it must not be able to start with."""

    refusal: str
    pod: Object = field(default_factory=dict)
    container: Object = field(default_factory=dict)


def _volume(source: Object) -> Object:
    return {"volumes": [{"name": "theft", **source}]}


PODS: Mapping[str, Escape] = {
    "escape by a path of the node": Escape("hostPath", pod=_volume({"hostPath": {"path": "/"}})),
    "escape by the node's network": Escape("hostNetwork", pod={"hostNetwork": True}),
    "escape by the node's processes": Escape("hostPID", pod={"hostPID": True}),
    "escape by the node's memory": Escape("hostIPC", pod={"hostIPC": True}),
    "escape as a privileged container": Escape(
        "privileged", container={"securityContext": {"privileged": True}}
    ),
    "escape as root": Escape(
        "runAsNonRoot",
        container={"securityContext": {"runAsUser": 0, "allowPrivilegeEscalation": False}},
    ),
    "escape by system calls": Escape(
        "seccompProfile", container={"securityContext": {"seccompProfile": {"type": "Unconfined"}}}
    ),
    "escape by a capability": Escape(
        "unrestricted capabilities",
        container={"securityContext": {"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}},
    ),
    "change the kernel's parameters": Escape(
        "forbidden sysctls",
        pod={"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "65536"}]}},
    ),
    "take a port of the node": Escape(
        "hostPort", container={"ports": [{"containerPort": 8000, "hostPort": 8000}]}
    ),
    "use more than a container may": Escape(
        "maximum cpu usage per Container is 1",
        container={"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}},
    ),
    "exhaust the quota": Escape(
        "exceeded quota: team", container={"resources": {"requests": {"cpu": "950m"}, "limits": {"cpu": "1"}}}
    ),
}
"""Pods that are refused although their workload is accepted."""
