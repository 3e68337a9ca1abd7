"""Reads endpoints' objects from their cluster."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from endpoints.cluster.api import Api, Object, RefusedError, UnreachableError, selecting
from endpoints.cluster.connection import open_connection
from endpoints.cluster.replicas import has_fixed_number, replicas, scaled_by_hand
from endpoints.deployed.outputs import read_secret, read_secret_outputs
from endpoints.errors import ProjectError
from endpoints.plan.address import Address
from endpoints.rollout.troubles import needs_events, past_ends, pod_troubles, refusals, restarts, stuck
from endpoints.stack_file import load_settings
from endpoints.stack_file.files import project_name, read_values, stack_file
from endpoints.target import Cluster, Router, resolve_target, route_path


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
    missing: Sequence[str] = (),
    *,
    by_keda: bool = False,
) -> EndpointStatus:
    """Judge an endpoint; `workload` None means that the cluster does not have it.

    `events` are those of pods that are not ready, by the pod's name, as far as the cluster tells them.
    `missing` are kinds of objects that the endpoint needs and the cluster does not have. `by_keda` tells that
    KEDA may scale it to zero.
    """
    if workload is None:
        return EndpointStatus(0, 0, "", 0, ("is not in the cluster; run pulumi up --refresh",))
    status = workload.get("status", {})
    wanted = replicas(workload)
    bounds = str(wanted)
    if autoscaler is not None:
        spec = autoscaler["spec"]
        bounds = f"{spec.get('minReplicas', 1)}-{spec['maxReplicas']}"
    ready = int(status.get("readyReplicas") or 0)
    troubles = [*refusals(workload), *stuck(workload)]
    objects = [f"its {kind} is missing; run pulumi up --refresh" for kind in missing]
    manager = scaled_by_hand(workload)
    if manager is not None and not by_keda and (autoscaler is None or wanted == 0):
        objects.append(f"{manager} has set the number of pods to {wanted}; run pulumi up")
    ended: list[str] = []
    for pod in pods:
        told = (events or {}).get(str(pod["metadata"]["name"]), ())
        troubles += pod_troubles(pod, told)
        ended += past_ends(pod, told)
    problems = tuple(dict.fromkeys([*objects, *(str(trouble) for trouble in troubles)]))
    return EndpointStatus(ready, wanted, bounds, sum(map(restarts, pods)), problems, tuple(ended))


class EndpointCluster:
    """A cluster, asked for what belongs to endpoints; every failure is a ProjectError."""

    def __init__(self, cluster: Cluster, router: Router, root: Path) -> None:
        self._router = router
        self._api = Api(open_connection(cluster.kubeconfig, cluster.context, root, os.environ))

    @classmethod
    def of_stack(cls, stack: str, root: Path) -> "EndpointCluster":
        """Return the cluster that a stack deploys to.

        Pulumi is asked for what stands in no file: the outputs of the stack that manages a cluster, and a
        kubeconfig among the stack's secrets. Nothing else has to be decrypted.
        """
        file, namespace = stack_file(root, stack), project_name(root)
        values = dict(read_values(file, namespace))
        match values.get("cluster"), values.get("secrets"):
            case {"kubeconfig": {"secret": str(name)}}, dict(secrets):
                values["secrets"] = {**secrets, name: read_secret(stack, root, namespace, name)}
        target = resolve_target(
            load_settings(values, file, namespace),
            root,
            os.environ,
            lambda managing: read_secret_outputs(managing, root),
        )
        return cls(target.cluster, target.router, root)

    def status(self, address: Address) -> EndpointStatus:
        """Return how an endpoint is."""
        name, within = address.object_name, f"namespaces/{address.namespace}"
        with _told():
            workload = self._api.read(f"/apis/apps/v1/{within}/deployments/{name}")
            autoscaler = self._api.read(f"/apis/autoscaling/v2/{within}/horizontalpodautoscalers/{name}")
        pods = self.pods(address)
        events = {str(pod["metadata"]["name"]): self._api.events(pod) for pod in pods if needs_events(pod)}
        objects = f"{within}/scaledobjects/{name}"
        # KEDA makes an autoscaler of another name. What the account may not see counts as there.
        asks_keda = workload is not None and autoscaler is None and not has_fixed_number(workload)
        by_keda = asks_keda and self._api.find(f"/apis/keda.sh/v1alpha1/{objects}") != ()
        absent = {
            "Service": self._api.find(f"/api/v1/{within}/services/{name}") == (),
            "route": self._api.find(route_path(address, self._router)) == (),
            "autoscaler": asks_keda and not by_keda,
        }
        missing = [kind for kind, is_absent in absent.items() if is_absent]
        return endpoint_status(workload, autoscaler, pods, events, missing, by_keda=by_keda)

    def pods(self, address: Address) -> Sequence[Object]:
        """Return an endpoint's pods in the order of their names."""
        path = selecting(f"/api/v1/namespaces/{address.namespace}/pods", labels=address.selector)
        with _told():
            pods: Sequence[Object] = (self._api.read(path) or {}).get("items", ())
        return sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))

    def log(
        self, address: Address, pod: str, container: str, *, lines: int, follow: bool, previous: bool
    ) -> Iterator[str]:
        """Yield the last `lines` lines of a container's log without line ends; with `follow` what is added.

        With `follow`, the reader waits while the server sends nothing.
        """
        options = {
            "container": container,
            "tailLines": lines,
            "follow": str(follow).lower(),
            "previous": str(previous).lower(),
        }
        path = f"/api/v1/namespaces/{address.namespace}/pods/{pod}/log?{urlencode(options)}"
        with _told():
            yield from self._api.lines(path, endless=follow)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RefusedError as refused:
        raise ProjectError(f"the cluster refuses: {refused}") from None
    except UnreachableError as failure:
        raise ProjectError(f"the cluster does not answer: {failure}") from None
