"""The pods that a benchmark has deployed, when they came to be, and the CPU that they have used."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes import client, config, watch

from tests.cluster.deployments.kubectl import Kubectl

CONTROL_GROUPS = Path("/sys/fs/cgroup")

LONGEST_SECONDS = 120
"""How long a pod is waited for."""


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


@contextmanager
def next_pod(kubeconfig: str, namespace: str) -> Iterator[Callable[[], float]]:
    """Watch for the next new pod; yield what returns when it came to be, on the monotonic clock."""
    # The client's functions carry no types.
    watcher: Any = watch.Watch
    connect: Any = config.new_client_from_config
    with connect(kubeconfig) as api:
        pods: Any = client.CoreV1Api(api)
        version = pods.list_namespaced_pod(namespace).metadata.resource_version
        created: queue.SimpleQueue[float] = queue.SimpleQueue()

        def follow() -> None:
            events = watcher().stream(
                pods.list_namespaced_pod, namespace, resource_version=version, timeout_seconds=LONGEST_SECONDS
            )
            created.put(next(time.monotonic() for event in events if event["type"] == "ADDED"))

        threading.Thread(target=follow, daemon=True).start()
        yield lambda: created.get(timeout=LONGEST_SECONDS)


def _group(uid: str) -> Path:
    # One hierarchy for each controller, or one for all.
    root = CONTROL_GROUPS / "cpuacct"
    if not root.is_dir():
        root = CONTROL_GROUPS
    found = next(root.glob(f"localcluster-*/kubepods/**/pod{uid}"), None)
    if found is None:
        raise RuntimeError(f"there is no control group of pod {uid} below {root}")
    return found
