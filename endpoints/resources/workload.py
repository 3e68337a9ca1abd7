"""The workload of one endpoint and what belongs to its pods: variables, a Service, and a PodMonitor.

The workload is a Kubernetes Deployment: "deployment" is Valohai's word here.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.apps.v1 import (
    DeploymentSpecArgsDict,
    DeploymentStrategyArgsDict,
    RollingUpdateDeploymentArgsDict,
)
from pulumi_kubernetes.core.v1 import EnvVarArgsDict, ServiceSpecArgsDict

from endpoints.cluster.replicas import FIXED
from endpoints.plan import EndpointPlan
from endpoints.plan.proxy import PROXY_CONTAINER
from endpoints.resources.metadata import SKIP_AWAIT, metadata
from endpoints.resources.overrides import Declared, laid_over
from endpoints.resources.pod import METRICS_PORT_NAME, PORT_NAME, SERVER_PORT_NAME, pod_metadata, pod_spec
from endpoints.stack_file import RolloutSettings

PORT = 80
"""The Service's port, which it has under the name ``PORT_NAME``, too."""

_OWNED_BY_THE_AUTOSCALER = ["spec.replicas"]
"""Never declared where an autoscaler decides: an applied value would undo its work with every update. Ignored
besides, for the sake of a value that was declared before: to drop it would mean one pod to Kubernetes."""


_CHANGED = {"valohai.com/replicas": "set again"}
"""Shows the engine a change where its state has the same number of pods. The next update removes it, without
new pods."""


def workload(
    name: str,
    plan: EndpointPlan,
    image: pulumi.Input[str],
    secret_environment: Sequence[EnvVarArgsDict],
    proxy_secret: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    is_scaled: bool = False,
) -> kubernetes.apps.v1.Deployment:
    """Declare the workload; the engine waits until its pods are available.

    ``secret_environment`` are variables that refer to a Secret, beyond those of the plan. ``proxy_secret`` is
    the name of the Secret with the proxy's configuration, if there is a proxy. ``is_scaled`` tells that a
    person has set another number of pods than planned, which this update sets again.

    Unless the stack file says otherwise, a rollout never takes a pod away before its successor is ready.
    """
    timeout = f"{plan.timeout_seconds}s"
    declared = workload_object(plan, image, secret_environment, proxy_secret, is_scaled=is_scaled)
    return kubernetes.apps.v1.Deployment(
        name,
        metadata=declared.metadata,
        spec=declared.spec,
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                ignore_changes=[] if plan.scaling is None or is_scaled else _OWNED_BY_THE_AUTOSCALER,
            ),
        ),
    )


def workload_object(
    plan: EndpointPlan,
    image: pulumi.Input[str],
    secret_environment: Sequence[EnvVarArgsDict] = (),
    proxy_secret: pulumi.Input[str] = PROXY_CONTAINER,
    *,
    is_scaled: bool = False,
) -> Declared:
    """Build the workload, with what the stack file lays over it."""
    spec: DeploymentSpecArgsDict = {
        "selector": {"match_labels": plan.address.selector},
        "strategy": _strategy(plan.objects.rollout),
        "revision_history_limit": 3,
        "progress_deadline_seconds": plan.timeout_seconds,
        "template": {
            "metadata": pod_metadata(plan),
            "spec": pod_spec(plan, image, secret_environment, proxy_secret),
        },
    }
    annotations = {} if plan.description is None else {"kubernetes.io/description": plan.description}
    if plan.scaling is None or is_scaled:
        spec["replicas"] = plan.replicas.min
        annotations |= FIXED
        if plan.scaling is None and is_scaled:
            annotations |= _CHANGED
    return laid_over(plan, "Deployment", metadata(plan.address, annotations), spec)


def _strategy(rollout: RolloutSettings) -> DeploymentStrategyArgsDict:
    if rollout.strategy == "recreate":
        return {"type": "Recreate"}
    numbers: RollingUpdateDeploymentArgsDict = {
        "max_unavailable": rollout.max_unavailable,
        "max_surge": rollout.max_surge,
    }
    return {"type": "RollingUpdate", "rolling_update": numbers}


def secret(plan: EndpointPlan, opts: pulumi.ResourceOptions) -> list[EnvVarArgsDict]:
    """Declare the Secret of the secret variables, if any; return the container's variables.

    It has no fixed name, so that changed values make another Secret: pods are rolled over to it, and the old
    one goes when they are. With a fixed name the same change would not reach the pods, or would replace the
    workload. A checksum in the pods' annotations would roll them, too, but a short value can be guessed
    from it.
    """
    address, variables = plan.address, plan.secret_environment
    if not variables:
        return []
    declared = kubernetes.core.v1.Secret(
        # Both are DNS labels, so that the dot makes one name of each pair.
        f"{address.namespace}.{address.object_name}",
        metadata={"namespace": address.namespace, "labels": address.labels},
        immutable=True,
        string_data={key: pulumi.Output.secret(value.get_secret_value()) for key, value in variables.items()},
        opts=opts,
    )
    object_name = declared.metadata.apply(lambda metadata: metadata.name)
    return [
        {"name": key, "value_from": {"secret_key_ref": {"name": object_name, "key": key}}}
        for key in sorted(variables)
    ]


def service(name: str, plan: EndpointPlan, opts: pulumi.ResourceOptions) -> kubernetes.core.v1.Service:
    """Declare the Service: a stable address for the endpoint's pods, inside the cluster."""
    declared = service_object(plan)
    return kubernetes.core.v1.Service(name, metadata=declared.metadata, spec=declared.spec, opts=opts)


def service_object(plan: EndpointPlan) -> Declared:
    """Build the Service, with what the stack file lays over it.

    It names no family of addresses, so that it has the cluster's first, as the pods' own first address has,
    which the kubelet probes. With both families routers would send half of the requests to a server of the
    other family, which may not listen there.
    """
    spec: ServiceSpecArgsDict = {
        "type": "ClusterIP",
        "selector": plan.address.selector,
        "ports": [{"name": PORT_NAME, "port": PORT, "target_port": PORT_NAME, "protocol": "TCP"}],
    }
    return laid_over(plan, "Service", metadata(plan.address, SKIP_AWAIT), spec)


def pod_monitor(name: str, plan: EndpointPlan, opts: pulumi.ResourceOptions) -> None:
    """Declare how a Prometheus of the Prometheus operator finds the pods, where the stack file wants that."""
    declared = pod_monitor_object(plan)
    if declared is not None:
        kubernetes.apiextensions.CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind="PodMonitor",
            metadata=declared.metadata,
            spec=declared.spec,
            opts=opts,
        )


def pod_monitor_object(plan: EndpointPlan) -> Declared | None:
    """Build the PodMonitor, with what the stack file lays over it; None where there is none.

    Not a ServiceMonitor: that would take a second port of the Service, which a route could lead to. The pods'
    labels become labels of all their series, as they do where Prometheus finds pods by annotations. A server
    may answer at the port by which it is reached anyway.
    https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitorSpec
    """
    metrics, labels = plan.metrics, plan.address.labels
    if metrics is None or not metrics.by_pod_monitor:
        return None
    server = PORT_NAME if plan.proxy is None else SERVER_PORT_NAME
    port_name = server if metrics.port == plan.port else METRICS_PORT_NAME
    asked: dict[str, Any] = {"port": port_name, "path": metrics.settings.path}
    if metrics.settings.interval_seconds is not None:
        asked["interval"] = f"{metrics.settings.interval_seconds}s"
    described = metadata(plan.address)
    described["labels"] = {**metrics.settings.labels, **labels}
    spec = {
        "selector": {"matchLabels": plan.address.selector},
        "podTargetLabels": sorted(labels),
        "podMetricsEndpoints": [asked],
    }
    return laid_over(plan, "PodMonitor", described, spec)
