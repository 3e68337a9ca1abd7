"""What to do about what keeps pods from being ready, and which key of valohai.yaml it has to do with."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from endpoints.plan.proxy import PROXY_CONTAINER
from endpoints.rollout.look import HOLDS
from endpoints.rollout.troubles import ENDED, UNREADY, Trouble

QUOTA_IS_FULL = "exceeded quota"

_REMEDIES = {
    HOLDS: "set rollout: {strategy: recreate} of the endpoint in the stack file, or ask your cluster "
    "administrator to raise the quota",
    "must specify": (
        "give the endpoint `resources` with min and max, or ask your cluster administrator for a "
        "LimitRange with defaults"
    ),
    "maximum ": "request less in `resources`, or ask your cluster administrator to change the LimitRange",
    "minimum ": "request more in `resources`, or ask your cluster administrator to change the LimitRange",
    QUOTA_IS_FULL: "lower requests or remove pods, or ask your cluster administrator to raise the quota",
    "no PriorityClass": "create the PriorityClass, or correct priorityClassName in the stack file",
    "RuntimeClass": "create the RuntimeClass, or correct runtimeClassName in the stack file",
    "violates PodSecurity": (
        "ask your cluster administrator to set the namespace's pod-security label to restricted, which "
        "these pods meet"
    ),
}


def refusal_remedy(refusal: str) -> str:
    """Return what to do about a refusal by a quota, a LimitRange, Pod Security or a policy."""
    found = (remedy for start, remedy in _REMEDIES.items() if start in refusal)
    return next(found, "ask your cluster administrator")


SERVER = "server"
"""Stands for `wsgi` or `server-command`, whichever the endpoint has."""


@dataclass(frozen=True)
class Remedy:
    """What to do; `key` is that of the endpoint in valohai.yaml, or `SERVER`, or empty for all of it."""

    key: str
    text: str


_ROOM = "request less, remove other pods, or add a larger node"

_RECREATE = (
    "set rollout: {strategy: recreate} of the endpoint in the stack file, so that the old pod ends first"
)

_PLACEMENT = (
    (HOLDS, Remedy("resources.devices", _RECREATE)),
    ("Insufficient cpu", Remedy("resources.cpu", _ROOM)),
    ("Insufficient memory", Remedy("resources.memory", _ROOM)),
    ("Insufficient ephemeral-storage", Remedy("resources.ephemeral-storage", _ROOM)),
    ("Insufficient ", Remedy("resources.devices", "request fewer, or add a node with such devices")),
    ("Too many pods", Remedy("resources", "remove other pods, or add a node")),
    ("persistentvolumeclaim", Remedy("shared-volumes", "create the PersistentVolumeClaim in the namespace")),
    (
        "PersistentVolumeClaim",
        Remedy("workspace-volume", "see `kubectl describe pvc` for why its volume is missing"),
    ),
    ("affinity/selector", Remedy("node-selector", "correct it, or add these labels to a node")),
    ("node.kubernetes.io/", Remedy("tolerations", "fix the nodes: kubectl describe nodes")),
    ("untolerated taint", Remedy("tolerations", "tolerate the taint, or add a node without it")),
    ("unschedulable", Remedy("node-selector", "allow pods on the nodes again: kubectl uncordon")),
)
"""What the scheduler says, most telling first: it names every node's reason, and a control plane's node
has a taint wherever it is asked. https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/"""

ANOTHER_PROCESSOR = "exec format error"
"""What the kernel says of a program for another kind of processor."""

_PLATFORMS = (
    "the image is for another processor than the node's; set builder.platforms of the stack file to that of "
    "the nodes (kubectl get nodes --label-columns kubernetes.io/arch), or name a ready image that has it"
)

_PULL = (
    (r"no match for platform|no matching manifest", _PLATFORMS),
    (r"not found|manifest unknown|does not exist", "push it, or correct its name, here or in the stack file"),
    (
        r"401|403|unauthorized|denied|forbidden|authorization|authentication",
        "give the nodes credentials: `registry.pullSecret` of the stack file",
    ),
    (
        r"x509|HTTP response to HTTPS client",
        "make the nodes' container runtime trust the registry's certificate",
    ),
    (
        r"no such host|refused|timeout|dial tcp|deadline exceeded|EOF",
        "check that the nodes can reach the registry",
    ),
    (r"invalid reference|couldn't parse|InvalidImageName", "correct its name, here or in the stack file"),
)
"""What containerd, CRI-O and Docker say of images; no standard rules that."""

_PULL_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
"""https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/types.go"""


_REFUSED_BY_IPV6 = re.compile(r"dial tcp \[[0-9a-f:.]+\]:\d+: connect: connection refused")
"""What the kubelet says of a probe of a pod whose first address is of IPv6."""

_MISSING_LIBRARY = re.compile(r"(?P<file>lib[\w.+-]+\.so[\d.]*): cannot open shared object file")

_DEBIAN_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libpq.so.5": "libpq5",
    "libsndfile.so.1": "libsndfile1",
    "libstdc++.so.6": "libstdc++6",
    "libxcb.so.1": "libxcb1",
}
"""Libraries that wheels of OpenCV, LightGBM, PyTorch and others expect of the image, by their files."""


def remedy(trouble: Trouble, endpoint: str) -> Remedy:
    """Return what to do about it; `endpoint` is the address without the leading slash."""
    log = f"`python -m endpoints logs {endpoint}` shows its log"
    if not trouble.pod:
        return Remedy("resources", refusal_remedy(trouble.message))
    if trouble.container and trouble.reason != "Unschedulable":
        return _beside_the_server(trouble, log)
    if trouble.reason in _PULL_REASONS:
        said = f"{trouble.reason} {trouble.message}"
        found = (text for pattern, text in _PULL if re.search(pattern, said))
        return Remedy("image", next(found, "check that nodes can pull it: docs/images.md"))
    if ANOTHER_PROCESSOR in trouble.message:
        return Remedy("image", _PLATFORMS)
    match trouble.reason:
        case "Unschedulable":
            matching = (given for words, given in _PLACEMENT if words in trouble.message)
            return next(matching, Remedy("resources", "`kubectl get nodes` lists the nodes"))
        case _ if trouble.reason == UNREADY:
            what = "on all interfaces"
            if _REFUSED_BY_IPV6.search(trouble.message):
                what = "on all interfaces for IPv6 as well (:: instead of 0.0.0.0)"
            return Remedy("port", f"check that the server listens on this port, {what}; {log}")
        case _ if trouble.reason == ENDED and "OOMKilled" in trouble.message:
            return Remedy("resources.memory.max", log)
        case _ if trouble.reason == ENDED and (lacking := _MISSING_LIBRARY.search(trouble.message)):
            package = _DEBIAN_PACKAGES.get(lacking["file"])
            name = (
                f"[{package}] (its name on Debian)" if package else f"the package that has {lacking['file']}"
            )
            return Remedy(
                "image", f"add `systemPackages` with {name} to the endpoint in the stack file; {log}"
            )
        case _ if trouble.reason == ENDED or trouble.reason == "CrashLoopBackOff":
            return Remedy(SERVER, log)
    return Remedy("", f"`kubectl describe pod {trouble.pod}` shows the details")


def _beside_the_server(trouble: Trouble, log: str) -> Remedy:
    """Return what to do about the proxy, or about a container that `overrides` add."""
    if trouble.container == PROXY_CONTAINER and trouble.reason in _PULL_REASONS:
        return Remedy("", "set proxyImage in the stack file to an image that the nodes can pull")
    if "OOMKilled" in trouble.message:
        return Remedy("", f"raise its memory limit by `overrides` of the stack file; {log}")
    return Remedy("", log)


def distinct(troubles: Iterable[Trouble]) -> list[Trouble]:
    """Return those that say something of their own: what a container ended with says why it is waited for."""
    found = list(troubles)
    ended = {trouble.pod for trouble in found if trouble.reason == ENDED}
    return [
        trouble
        for trouble in found
        if trouble.pod not in ended or trouble.reason not in ("CrashLoopBackOff", UNREADY)
    ]
