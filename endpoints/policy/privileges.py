"""What pods may do to their node."""

from collections.abc import Iterator, Mapping
from typing import Any

_NODE_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")


def privileges(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what pods may do to their node, as the rest of a sentence.

    These are the baseline Pod Security Standard's rules that matter here, and of the restricted one those on
    root and on privilege escalation: https://kubernetes.io/docs/concepts/security/pod-security-standards/.
    """
    for key in _NODE_NAMESPACES:
        if spec.get(key):
            yield f"have {key}"
    for volume in spec.get("volumes") or []:
        if volume.get("hostPath"):
            yield f"mount {volume['hostPath'].get('path')} of the node"
    runs_as = spec.get("securityContext") or {}
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        own = container.get("securityContext") or {}
        name = container["name"]
        if own.get("privileged"):
            yield f"have the privileged container {name}"
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"let container {name} gain rights (allowPrivilegeEscalation is not false)"
        if not own.get("runAsNonRoot", runs_as.get("runAsNonRoot")):
            yield f"may run container {name} as root (runAsNonRoot is not true)"
        if added := (own.get("capabilities") or {}).get("add"):
            yield f"give container {name} the capabilities {', '.join(added)}"
