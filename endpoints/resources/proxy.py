"""The proxy before a server of others: its container in the pods, and the Secret with its configuration."""

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import ContainerArgsDict, VolumeArgsDict

from endpoints.plan import EndpointPlan
from endpoints.plan.proxy import LIMITS, PROXY_CONTAINER, REQUESTS, ProxyPlan

_DIRECTORY, _FILE = "/etc/valohai-proxy", "envoy.json"

_THREADS = 2
"""Threads that answer requests. Envoy's default is one for each of the node's CPUs, and memory for each."""

_LOG_MILLISECONDS = 500
"""How long a line about a request waits for others; Envoy's default is ten seconds."""


def proxy_container(proxy: ProxyPlan) -> ContainerArgsDict:
    """Build the proxy's container, a sidecar: it is there before the server, and ends after the server has.

    So requests that run when a pod is told to stop are answered, however long the server takes for them.
    https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
    """
    return {
        "name": PROXY_CONTAINER,
        "image": proxy.image,
        "restart_policy": "Always",
        "command": [
            "/usr/local/bin/envoy",
            "--disable-hot-restart",
            *("--config-path", f"{_DIRECTORY}/{_FILE}"),
            *("--concurrency", str(_THREADS)),
            *("--log-level", "error"),
            *("--file-flush-interval-msec", str(_LOG_MILLISECONDS)),
        ],
        "resources": {"requests": dict(REQUESTS), "limits": dict(LIMITS)},
        "security_context": {
            "allow_privilege_escalation": False,
            "capabilities": {"drop": ["ALL"]},
            "read_only_root_filesystem": True,
        },
        "termination_message_policy": "FallbackToLogsOnError",
        "readiness_probe": {
            "tcp_socket": {"port": proxy.port},
            "period_seconds": 2,
            "timeout_seconds": 3,
            "failure_threshold": 3,
        },
        "volume_mounts": [{"name": PROXY_CONTAINER, "mount_path": _DIRECTORY, "read_only": True}],
    }


def proxy_volume(secret: pulumi.Input[str]) -> VolumeArgsDict:
    """Build the volume with the proxy's configuration, which only its container mounts."""
    return {"name": PROXY_CONTAINER, "secret": {"secret_name": secret}}


def proxy_secret(plan: EndpointPlan, opts: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
    """Declare the Secret with the configuration of the proxy, which holds keys; return its name.

    It has no fixed name: as with the Secret of variables, a change rolls the pods over to another one.
    """
    if plan.proxy is None:
        return None
    address, configuration = plan.address, plan.proxy.configuration.get_secret_value()
    declared = kubernetes.core.v1.Secret(
        # The dots separate DNS labels, so that no other endpoint has this name.
        f"{address.namespace}.{address.object_name}.{PROXY_CONTAINER}",
        metadata={"namespace": address.namespace, "labels": address.labels},
        immutable=True,
        string_data={_FILE: pulumi.Output.secret(configuration)},
        opts=opts,
    )
    return declared.metadata.apply(lambda metadata: str(metadata.name))
