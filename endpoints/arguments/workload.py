"""Arguments of a workload."""

from endpoints.arguments.metrics import metrics_arguments
from endpoints.arguments.storage import mount_arguments, volume_arguments
from endpoints.image.dockerfile import USER_ID
from endpoints.manifest import Toleration
from endpoints.plan import EndpointPlan
from endpoints.plan.server import Probe, listening_command
from endpoints.resources.workload import ProbeArgs, TolerationArgs, WorkloadArgs


def workload_arguments(plan: EndpointPlan, service_account: str) -> WorkloadArgs:
    """Return what the pods run, as `service_account`, and what they may use."""
    arguments: WorkloadArgs = {
        "service_account": service_account,
        "command": list(plan.command),
        "port": plan.port,
        "environment": dict(plan.environment),
        "requests": dict(plan.requests),
        "limits": dict(plan.limits),
        "probe": _probe(plan.probe, plan.port),
        "node_selector": dict(plan.node_selector),
        "tolerations": [_toleration(toleration) for toleration in plan.tolerations],
        "volumes": [volume_arguments(volume) for volume in plan.storage.volumes],
        "mounts": [mount_arguments(mount) for mount in plan.storage.mounts],
        "user": USER_ID,
        "shutdown_delay_seconds": plan.shutdown.pre_stop_seconds,
        "grace_seconds": plan.shutdown.grace_period_seconds,
        "timeout_seconds": plan.timeout_seconds,
    }
    if plan.replicas.scaling is None:
        arguments["replicas"] = plan.replicas.minimum
    if plan.metrics is not None:
        arguments["metrics"] = metrics_arguments(plan.metrics)
    if plan.description is not None:
        arguments["description"] = plan.description
    return arguments


def _probe(probe: Probe, port: int) -> ProbeArgs:
    arguments: ProbeArgs = {"kind": probe.kind, "startup_seconds": probe.startup_seconds}
    if probe.path is not None:
        arguments["path"] = probe.path
    if probe.kind == "listening":
        arguments["kind"] = "exec"
        arguments["command"] = list(listening_command(port))
    return arguments


def _toleration(toleration: Toleration) -> TolerationArgs:
    arguments: TolerationArgs = {"operator": toleration.operator}
    if toleration.key:
        arguments["key"] = toleration.key
    if toleration.value:
        arguments["value"] = toleration.value
    if toleration.effect:
        arguments["effect"] = toleration.effect
    return arguments
