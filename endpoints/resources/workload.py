"""The pods of one endpoint: a Kubernetes Deployment, since "deployment" is Valohai's word here."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.apps.v1 import DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ContainerPortArgsDict,
    EnvVarArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
    TopologySpreadConstraintArgsDict,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

from endpoints.resources.identity import IdentityArgs, metadata
from endpoints.resources.storage import MountArgs, VolumeArgs, mount, volume

PORT_NAME = "http"
"""Name of the container's and the Service's port, by which Service, Ingress and probes refer to it."""

METRICS_PORT_NAME = "metrics"
"""Name of the container's port for Prometheus, by which PodMonitors and NetworkPolicies refer to it."""

_OWNED_BY_THE_AUTOSCALER = ["spec.replicas"]
"""Never declared where an autoscaler decides: an applied value would undo its work with every update. Ignored
besides, for the sake of a value that was declared before: to drop it would mean one pod to Kubernetes."""

_TAKES_OVER = {"pulumi.com/patchForce": "true"}
"""A fixed number is applied even if an autoscaler, which this update removes, was the last to set it."""


class ProbeArgs(TypedDict):
    """How the kubelet finds out whether a pod is started, ready and alive."""

    kind: str
    """``http`` (GET), ``tcp`` (connect) or ``exec`` (run a command in the container)."""
    path: NotRequired[str]
    """Path of the GET request; with ``http`` only."""
    command: NotRequired[list[str]]
    """The command; with ``exec`` only."""
    startup_seconds: int
    """How long a pod may take to answer for the first time, model loading included."""


class MetricsArgs(TypedDict):
    """Where the pods answer Prometheus."""

    port: int
    """Port of the container; may be the one that the server listens on."""
    path: str
    """Path of the page."""
    annotated: bool
    """Whether the pods' annotations tell of it."""


class TolerationArgs(TypedDict):
    """A taint of nodes that the pods put up with; a key that is absent is absent in Kubernetes, too."""

    key: NotRequired[str]
    """The taint's key; any when absent."""
    operator: str
    """``Equal`` or ``Exists``."""
    value: NotRequired[str]
    """The taint's value; with ``Equal`` only."""
    effect: NotRequired[str]
    """The taint's effect; any when absent."""


class WorkloadArgs(TypedDict):
    """What the pods run and what they may use."""

    service_account: str
    """Account that the pods run as."""
    description: NotRequired[str]
    """What the endpoint is for, in the words of valohai.yaml."""
    replicas: NotRequired[int]
    """How many pods run, always; absent where something else decides."""
    command: list[str]
    """What the container runs."""
    port: int
    """Port that the server listens on."""
    environment: dict[str, str]
    """The container's environment variables."""
    requests: dict[str, str]
    """Resources that a pod is promised, as Kubernetes quantities."""
    limits: dict[str, str]
    """Resources that a pod may use at most, as Kubernetes quantities."""
    probe: ProbeArgs
    """How the kubelet looks after the pods."""
    metrics: NotRequired[MetricsArgs]
    """Where Prometheus is answered, if it is."""
    node_selector: dict[str, str]
    """Labels that a node must have to run the pods; empty means any node."""
    tolerations: list[TolerationArgs]
    """Taints that a node may have nevertheless."""
    volumes: list[VolumeArgs]
    """Storage beyond the image and the shared memory."""
    mounts: list[MountArgs]
    """Where the container sees it."""
    user: int
    """Numeric user and group that the image's files belong to; never 0."""
    shutdown_delay_seconds: int
    """How long a pod goes on serving after it was told to stop, so that routers can take it out first."""
    grace_seconds: int
    """How long a pod has to stop, the delay above included, before it is killed."""
    timeout_seconds: int
    """How long a rollout may take without progress before it counts as failed."""


def _probe_handler(probe: ProbeArgs) -> ProbeArgsDict:
    match probe["kind"]:
        case "http":
            return {"http_get": {"path": probe["path"], "port": PORT_NAME}}
        case "tcp":
            return {"tcp_socket": {"port": PORT_NAME}}
        case "exec":
            return {"exec_": {"command": list(probe["command"])}}
    raise ValueError(f"unknown kind of probe: {probe['kind']}")


def _probes(probe: ProbeArgs) -> tuple[ProbeArgsDict, ProbeArgsDict, ProbeArgsDict]:
    """Build the startup, readiness and liveness probe.

    Readiness reacts within seconds and only takes a pod out of the Service. Liveness restarts, so it is
    slower by far than readiness: a pod that is merely busy must not be killed. Neither runs before the
    startup probe has succeeded once.
    """
    handler = _probe_handler(probe)
    return (
        {**handler, "period_seconds": 1, "timeout_seconds": 1, "failure_threshold": probe["startup_seconds"]},
        {**handler, "period_seconds": 5, "timeout_seconds": 3, "failure_threshold": 3},
        {**handler, "period_seconds": 10, "timeout_seconds": 5, "failure_threshold": 6},
    )


def _ports(args: WorkloadArgs) -> list[ContainerPortArgsDict]:
    ports: list[ContainerPortArgsDict] = [
        {"name": PORT_NAME, "container_port": args["port"], "protocol": "TCP"}
    ]
    if "metrics" in args and args["metrics"]["port"] != args["port"]:
        own = args["metrics"]["port"]
        ports.append({"name": METRICS_PORT_NAME, "container_port": own, "protocol": "TCP"})
    return ports


def _pod_metadata(identity: IdentityArgs, args: WorkloadArgs) -> ObjectMetaArgsDict:
    """Build the pods' metadata; the annotations are those that Prometheus' own examples and chart go by.

    https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus#scraping-pod-metrics-via-annotations
    """
    described: ObjectMetaArgsDict = {"labels": dict(identity["labels"])}
    if "metrics" in args and args["metrics"]["annotated"]:
        described["annotations"] = {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(args["metrics"]["port"]),
            "prometheus.io/path": args["metrics"]["path"],
        }
    return described


def _container(
    image: pulumi.Input[str], secret_environment: Sequence[EnvVarArgsDict], args: WorkloadArgs
) -> ContainerArgsDict:
    startup, readiness, liveness = _probes(args["probe"])
    plain: list[EnvVarArgsDict] = [
        {"name": key, "value": value} for key, value in sorted(args["environment"].items())
    ]
    container: ContainerArgsDict = {
        "name": "endpoint",
        "image": image,
        "command": list(args["command"]),
        "ports": _ports(args),
        "env": [*plain, *secret_environment],
        "resources": {"requests": dict(args["requests"]), "limits": dict(args["limits"])},
        # The root file system stays writable where the image's user owns it (HOME and the working directory):
        # model code that unpacks an archive or writes a cache beside itself is common, and works in Valohai.
        "security_context": {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}},
        "lifecycle": {"pre_stop": {"sleep": {"seconds": args["shutdown_delay_seconds"]}}},
        "termination_message_policy": "FallbackToLogsOnError",
        "startup_probe": startup,
        "readiness_probe": readiness,
        "liveness_probe": liveness,
    }
    if args["mounts"]:
        container["volume_mounts"] = [mount(mounted) for mounted in args["mounts"]]
    return container


def _spread(topology_key: str, selector: dict[str, str]) -> TopologySpreadConstraintArgsDict:
    return {
        "max_skew": 1,
        "topology_key": topology_key,
        "when_unsatisfiable": "ScheduleAnyway",
        "label_selector": {"match_labels": dict(selector)},
        "match_label_keys": ["pod-template-hash"],
    }


def pod_spec(
    identity: IdentityArgs,
    image: pulumi.Input[str],
    secret_environment: Sequence[EnvVarArgsDict],
    args: WorkloadArgs,
) -> PodSpecArgsDict:
    """Build a pod that the ``restricted`` Pod Security Standard admits.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    pod: PodSpecArgsDict = {
        "service_account_name": args["service_account"],
        "automount_service_account_token": False,
        # A variable for every Service of the namespace would slow down starts as endpoints are added.
        "enable_service_links": False,
        # With fs_group, volumes of storage drivers that support it are writable by the pods' group.
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": args["user"],
            "run_as_group": args["user"],
            "fs_group": args["user"],
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "termination_grace_period_seconds": args["grace_seconds"],
        "topology_spread_constraints": [
            _spread("topology.kubernetes.io/zone", identity["selector"]),
            _spread("kubernetes.io/hostname", identity["selector"]),
        ],
        "containers": [_container(image, secret_environment, args)],
    }
    # A pod has no volume that it was not given: kubelets look every 300 ms whether those of a pod are there.
    # Shared memory needs none, for container runtimes bring 64 MiB of it in /dev/shm.
    if args["volumes"]:
        pod["volumes"] = [volume(described) for described in args["volumes"]]
    if args["node_selector"]:
        pod["node_selector"] = dict(args["node_selector"])
    if args["tolerations"]:
        pod["tolerations"] = [{**tolerated} for tolerated in args["tolerations"]]
    return pod


def workload(
    name: str,
    identity: IdentityArgs,
    image: pulumi.Input[str],
    secret_environment: Sequence[EnvVarArgsDict],
    args: WorkloadArgs,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apps.v1.Deployment:
    """Declare the workload; the engine waits until its pods are available.

    ``secret_environment`` are variables that refer to a Secret, beyond those of ``args``.

    A rollout never takes a pod away before its successor is ready.
    """
    timeout = f"{args['timeout_seconds']}s"
    spec: DeploymentSpecArgsDict = {
        "selector": {"match_labels": dict(identity["selector"])},
        "strategy": {
            "type": "RollingUpdate",
            "rolling_update": {"max_unavailable": 0, "max_surge": "25%"},
        },
        "revision_history_limit": 3,
        "progress_deadline_seconds": args["timeout_seconds"],
        "template": {
            "metadata": _pod_metadata(identity, args),
            "spec": pod_spec(identity, image, secret_environment, args),
        },
    }
    annotations = {"kubernetes.io/description": args["description"]} if "description" in args else {}
    ignored = []
    if "replicas" in args:
        spec["replicas"] = args["replicas"]
        annotations |= _TAKES_OVER
    else:
        ignored = _OWNED_BY_THE_AUTOSCALER
    return kubernetes.apps.v1.Deployment(
        name,
        metadata=metadata(identity, annotations),
        spec=spec,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                ignore_changes=ignored,
            ),
        ),
    )
