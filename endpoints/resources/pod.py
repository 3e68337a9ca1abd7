"""The pods of one endpoint: container, probes and volumes."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ContainerPortArgsDict,
    EnvVarArgsDict,
    NodeAffinityArgsDict,
    NodeSelectorRequirementArgsDict,
    NodeSelectorTermArgsDict,
    PersistentVolumeClaimSpecArgsDict,
    PersistentVolumeClaimVolumeSourceArgsDict,
    PodSecurityContextArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
    TolerationArgsDict,
    TopologySpreadConstraintArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.image.dockerfile import USER_ID
from endpoints.manifest import Toleration
from endpoints.plan import EndpointPlan, Mount, Volume
from endpoints.plan.overrides import CONTAINER
from endpoints.plan.pods import FsGroup
from endpoints.plan.proxy import PROXY_CONTAINER
from endpoints.plan.server import ALIVE_PATH, HEALTH_PATH, listening_command
from endpoints.resources.proxy import proxy_container, proxy_volume
from endpoints.stack_file import NodeAffinity
from endpoints.stack_file.access import ACCESS_ANNOTATION
from endpoints.stack_file.placement import NodeExpression

PORT_NAME = "http"
"""Name of the container's and the Service's port, by which Service, Ingress and probes refer to it."""

SERVER_PORT_NAME = "server"
"""Name of the server's own port where a proxy has the other name: probes reach the server without a key."""

HEALTH_PORT_NAME = "health"
"""Name of the container's port for probes, which the Service does not lead to."""

_START_RESERVE_SECONDS = 5
"""How much longer than the server itself the kubelet waits for its start: the server says why it gives up."""

METRICS_PORT_NAME = "metrics"
"""Name of the container's port for Prometheus, by which PodMonitors and NetworkPolicies refer to it."""


def pod_metadata(plan: EndpointPlan) -> ObjectMetaArgsDict:
    """Build the pods' metadata; the annotations are those that Prometheus' own examples and chart go by.

    https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus#scraping-pod-metrics-via-annotations
    """
    described: ObjectMetaArgsDict = {"labels": plan.address.labels}
    annotations: dict[str, str] = {}
    if plan.proxy is not None and plan.proxy.asks_for_keys:
        annotations[ACCESS_ANNOTATION] = "apiKeys"
    if plan.metrics is not None and not plan.metrics.by_pod_monitor:
        annotations |= {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(plan.metrics.port),
            "prometheus.io/path": plan.metrics.settings.path,
        }
    if annotations:
        described["annotations"] = annotations
    return described


def pod_spec(
    plan: EndpointPlan,
    image: pulumi.Input[str],
    secret_environment: Sequence[EnvVarArgsDict] = (),
    proxy_secret: pulumi.Input[str] = PROXY_CONTAINER,
) -> PodSpecArgsDict:
    """Build a pod that the ``restricted`` Pod Security Standard admits.

    ``secret_environment`` are variables that refer to a Secret, beyond those of the plan. ``proxy_secret`` is
    the name of the Secret with the proxy's configuration; without a proxy it does not count.
    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    selector = plan.address.selector
    pod: PodSpecArgsDict = {
        "service_account_name": SERVICE_ACCOUNT,
        "automount_service_account_token": False,
        # A variable for every Service of the namespace would slow down starts as endpoints are added.
        "enable_service_links": False,
        "security_context": _security_context(plan.storage.fs_group),
        "termination_grace_period_seconds": plan.shutdown.grace_period_seconds,
        "topology_spread_constraints": [
            _spread("topology.kubernetes.io/zone", selector),
            _spread("kubernetes.io/hostname", selector),
        ],
        "containers": [_container(plan, image, secret_environment)],
    }
    # A pod has no volume that it was not given: kubelets look every 300 ms whether those of a pod are there.
    # Shared memory needs none, for container runtimes bring 64 MiB of it in /dev/shm.
    volumes = [_volume(volume) for volume in plan.storage.volumes]
    if plan.proxy is not None:
        pod["init_containers"] = [proxy_container(plan.proxy)]
        volumes.append(proxy_volume(proxy_secret))
    if volumes:
        pod["volumes"] = volumes
    if plan.objects.runtime_class_name is not None:
        pod["runtime_class_name"] = plan.objects.runtime_class_name
    if plan.objects.priority_class_name is not None:
        pod["priority_class_name"] = plan.objects.priority_class_name
    if plan.node_selector:
        pod["node_selector"] = dict(plan.node_selector)
    if affinity := _affinity(plan.node_affinity):
        pod["affinity"] = {"node_affinity": affinity}
    if plan.tolerations:
        pod["tolerations"] = [_toleration(toleration) for toleration in plan.tolerations]
    return pod


def _security_context(fs_group: FsGroup) -> PodSecurityContextArgsDict:
    """Build the pods' rights; with fs_group, volumes of drivers that support it are writable by their group.

    https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
    """
    built: PodSecurityContextArgsDict = {
        "run_as_non_root": True,
        "run_as_user": USER_ID,
        "run_as_group": USER_ID,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }
    if fs_group != "none":
        built["fs_group"] = USER_ID
    if fs_group == "onRootMismatch":
        built["fs_group_change_policy"] = "OnRootMismatch"
    return built


def _spread(topology_key: str, selector: dict[str, str]) -> TopologySpreadConstraintArgsDict:
    return {
        "max_skew": 1,
        "topology_key": topology_key,
        "when_unsatisfiable": "ScheduleAnyway",
        "label_selector": {"match_labels": dict(selector)},
        "match_label_keys": ["pod-template-hash"],
    }


def _container(
    plan: EndpointPlan, image: pulumi.Input[str], secret_environment: Sequence[EnvVarArgsDict]
) -> ContainerArgsDict:
    startup, readiness, liveness = _probes(plan)
    plain: list[EnvVarArgsDict] = [
        {"name": key, "value": value} for key, value in sorted(plan.environment.items())
    ]
    container: ContainerArgsDict = {
        "name": CONTAINER,
        "image": image,
        "command": list(plan.command),
        "ports": _ports(plan),
        "env": [*plain, *secret_environment],
        "resources": {"requests": dict(plan.requests), "limits": dict(plan.limits)},
        # The root file system stays writable where the image's user owns it (HOME and the working directory):
        # model code that unpacks an archive or writes a cache beside itself is common, and works in Valohai.
        "security_context": {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}},
        "lifecycle": {"pre_stop": {"sleep": {"seconds": plan.shutdown.pre_stop_seconds}}},
        "termination_message_policy": "FallbackToLogsOnError",
        "startup_probe": startup,
        "readiness_probe": readiness,
        "liveness_probe": liveness,
    }
    if plan.storage.mounts:
        container["volume_mounts"] = [_mount(mount) for mount in plan.storage.mounts]
    return container


def _server_port_name(plan: EndpointPlan) -> str:
    return PORT_NAME if plan.proxy is None else SERVER_PORT_NAME


def _ports(plan: EndpointPlan) -> list[ContainerPortArgsDict]:
    ports: list[ContainerPortArgsDict] = [
        {"name": _server_port_name(plan), "container_port": plan.port, "protocol": "TCP"}
    ]
    if plan.proxy is not None:
        # Here, though the proxy listens there: containers of a pod share its ports, and before Kubernetes
        # 1.32 a Service does not find the name of a sidecar's port. The name that the Service knows leads to
        # the proxy, so that the Service stays as it is while pods with and without a proxy run side by side.
        # https://github.com/kubernetes/kubernetes/pull/128850
        ports.append({"name": PORT_NAME, "container_port": plan.proxy.port, "protocol": "TCP"})
    if plan.health_port is not None:
        ports.append({"name": HEALTH_PORT_NAME, "container_port": plan.health_port, "protocol": "TCP"})
    if plan.metrics is not None and plan.metrics.port != plan.port:
        ports.append({"name": METRICS_PORT_NAME, "container_port": plan.metrics.port, "protocol": "TCP"})
    return ports


def _probes(plan: EndpointPlan) -> tuple[ProbeArgsDict, ProbeArgsDict, ProbeArgsDict]:
    """Build the startup, readiness and liveness probe.

    Readiness reacts within seconds and only takes a pod out of the Service. Liveness restarts, so it is
    slower by far than readiness: a pod that is merely busy must not be killed. Neither runs before the
    startup probe has succeeded once.

    A server with a port for health is started when that says so, and alive as long as that says so, whatever
    else it is to be asked before it counts as ready.
    """
    ready, patience = _probe_handler(plan), plan.probe.startup_seconds
    started = alive = ready
    if plan.health_port is not None:
        started, alive = _health(HEALTH_PATH), _health(ALIVE_PATH)
        patience += _START_RESERVE_SECONDS
    return (
        {**started, "period_seconds": 1, "timeout_seconds": 1, "failure_threshold": patience},
        {**ready, "period_seconds": 5, "timeout_seconds": 3, "failure_threshold": 3},
        {**alive, "period_seconds": 10, "timeout_seconds": 5, "failure_threshold": 6},
    )


def _probe_handler(plan: EndpointPlan) -> ProbeArgsDict:
    probe = plan.probe
    if probe.kind == "listening":
        return {"exec_": {"command": list(listening_command(plan.port))}}
    if probe.kind == "tcp" or probe.path is None:
        return {"tcp_socket": {"port": _server_port_name(plan)}}
    if plan.health_port is not None and probe.path == HEALTH_PATH:
        return _health(probe.path)
    return {"http_get": {"path": probe.path, "port": _server_port_name(plan)}}


def _health(path: str) -> ProbeArgsDict:
    return {"http_get": {"path": path, "port": HEALTH_PORT_NAME}}


def _affinity(chosen: NodeAffinity) -> NodeAffinityArgsDict:
    """Build the conditions for nodes; all that are required are one term, so that all must hold."""
    built: NodeAffinityArgsDict = {}
    if chosen.required:
        terms: list[NodeSelectorTermArgsDict] = [{"match_expressions": [*map(_expression, chosen.required)]}]
        built["required_during_scheduling_ignored_during_execution"] = {"node_selector_terms": terms}
    if chosen.preferred:
        built["preferred_during_scheduling_ignored_during_execution"] = [
            {"weight": one.weight, "preference": {"match_expressions": [_expression(one)]}}
            for one in chosen.preferred
        ]
    return built


def _expression(condition: NodeExpression) -> NodeSelectorRequirementArgsDict:
    written: NodeSelectorRequirementArgsDict = {"key": condition.key, "operator": condition.operator}
    if condition.values:
        written["values"] = list(condition.values)
    return written


def _toleration(toleration: Toleration) -> TolerationArgsDict:
    tolerated: TolerationArgsDict = {"operator": toleration.operator}
    if toleration.key:
        tolerated["key"] = toleration.key
    if toleration.value:
        tolerated["value"] = toleration.value
    if toleration.effect:
        tolerated["effect"] = toleration.effect
    return tolerated


def _volume(volume: Volume) -> VolumeArgsDict:
    """Build a pod's volume.

    A pod's own space is a generic ephemeral volume: a claim that is made and deleted with the pod.
    https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
    """
    if volume.memory is not None:
        return {"name": volume.name, "empty_dir": {"medium": "Memory", "size_limit": volume.memory}}
    if volume.claim is not None:
        claim: PersistentVolumeClaimVolumeSourceArgsDict = {"claim_name": volume.claim}
        if volume.read_only:
            claim["read_only"] = True
        return {"name": volume.name, "persistent_volume_claim": claim}
    spec: PersistentVolumeClaimSpecArgsDict = {
        "access_modes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{volume.size}Gi"}},
    }
    if volume.storage_class is not None:
        spec["storage_class_name"] = volume.storage_class
    return {"name": volume.name, "ephemeral": {"volume_claim_template": {"spec": spec}}}


def _mount(mount: Mount) -> VolumeMountArgsDict:
    built: VolumeMountArgsDict = {"name": mount.volume, "mount_path": mount.path}
    if mount.sub_path is not None:
        built["sub_path"] = mount.sub_path
    if mount.read_only:
        built["read_only"] = True
    return built
