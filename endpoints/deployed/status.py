"""How an endpoint is, by what the cluster says of its objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from endpoints.cluster.api import Object
from endpoints.deployed.troubles import past_ends, pod_troubles, refusals, restarts, stuck


@dataclass(frozen=True)
class EndpointStatus:
    """An endpoint's pods: how many are `ready` of how many that there should be, within what bounds.

    `problems` say in the cluster's words why pods are missing. `restarts` counts those of the containers of
    the pods that are there, and `ended` says why those that are ready had to be started again, last.
    """

    ready: int
    wanted: int
    bounds: str
    restarts: int
    problems: tuple[str, ...]
    ended: tuple[str, ...] = ()

    @property
    def is_available(self) -> bool:
        """Whether every pod that there should be is ready; none is where it is scaled to zero."""
        return self.ready >= self.wanted and not self.problems


def endpoint_status(
    workload: Object | None,
    autoscaler: Object | None,
    pods: Sequence[Object],
    events: Mapping[str, Sequence[Object]] | None = None,
) -> EndpointStatus:
    """Judge an endpoint; `workload` None means that the cluster does not have it.

    `events` are those of pods that are not ready, by the pod's name, as far as the cluster tells them.
    """
    if workload is None:
        return EndpointStatus(0, 0, "", 0, ("is not in the cluster; run pulumi up",))
    status = workload.get("status", {})
    wanted = int(workload["spec"].get("replicas", 1))
    bounds = str(wanted)
    if autoscaler is not None:
        spec = autoscaler["spec"]
        bounds = f"{spec.get('minReplicas', 1)}-{spec['maxReplicas']}"
    ready = int(status.get("readyReplicas") or 0)
    troubles = [*refusals(workload), *stuck(workload)]
    for pod in pods:
        troubles += pod_troubles(pod, (events or {}).get(str(pod["metadata"]["name"]), ()))
    problems = tuple(dict.fromkeys(str(trouble) for trouble in troubles))
    ended = tuple(end for pod in pods for end in past_ends(pod))
    return EndpointStatus(ready, wanted, bounds, sum(map(restarts, pods)), problems, ended)
