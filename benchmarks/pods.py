"""The pods that a benchmark has deployed, and the CPU that they have used."""

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.deployments.kubectl import Kubectl

CONTROL_GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Pod:
    """One pod on this machine. `group` is its control group, of either version of the kernel's interface."""

    address: str
    group: Path

    @property
    def cpu_seconds(self) -> float:
        """CPU time that all its processes have used so far; what the kernel does for its network besides
        (in interrupts) is in no group."""
        usage = self.group / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        statistics = dict(line.split() for line in (self.group / "cpu.stat").read_text().splitlines())
        return int(statistics["usage_usec"]) / 1e6


def running(kubectl: Kubectl, namespace: str) -> dict[str, Pod]:
    """Return the namespace's pods by the names of their endpoints.

    Raises RuntimeError if the kubelet has put one into no control group that is to be seen here.
    """
    pods = {}
    for pod in kubectl.get("pods", namespace):
        endpoint = pod["metadata"]["labels"]["valohai.com/endpoint"]
        pods[endpoint] = Pod(pod["status"]["podIP"], _group(pod["metadata"]["uid"]))
    return pods


def _group(uid: str) -> Path:
    # One hierarchy for each controller, or one for all.
    root = CONTROL_GROUPS / "cpuacct"
    if not root.is_dir():
        root = CONTROL_GROUPS
    found = next(root.glob(f"localcluster-*/kubepods/**/pod{uid}"), None)
    if found is None:
        raise RuntimeError(f"there is no control group of pod {uid} below {root}")
    return found
