"""Turns plans into the components' arguments: the one place where the two meet."""

from endpoints import server
from endpoints.address import Address
from endpoints.alias import Alias
from endpoints.components.alias import AliasArgs
from endpoints.components.deployment import DeploymentArgs
from endpoints.components.endpoint import EndpointArgs
from endpoints.components.image import ImageArgs
from endpoints.components.route import RouteArgs
from endpoints.components.storage import MountArgs, VolumeArgs
from endpoints.components.workload import ProbeArgs, TolerationArgs, WorkloadArgs
from endpoints.dockerfile import CERTIFICATE_AUTHORITY_SECRET, USER_ID
from endpoints.manifest import Toleration
from endpoints.plan import DeploymentPlan, EndpointPlan, Mount, Volume
from endpoints.probe import Probe, listening_command
from endpoints.targets import Target

SERVICE_ACCOUNT = "endpoints"
"""Name of the account that a deployment's pods run as."""


def deployment_name(plan: DeploymentPlan) -> str:
    """Return the deployment's name in Pulumi: ``<organization>/<project>/<deployment>``."""
    return f"{plan.organization}/{plan.project}/{plan.name}"


def deployment_arguments(plan: DeploymentPlan, target: Target) -> DeploymentArgs:
    """Return the arguments of the deployment and of everything in it."""
    return {
        "namespace": plan.namespace,
        "service_account": SERVICE_ACCOUNT,
        "labels": dict(plan.labels),
        "endpoints": {
            f"{version.name}/{endpoint.address.endpoint}": _endpoint(endpoint, target)
            for version in plan.versions
            for endpoint in version.endpoints
        },
        "aliases": {f"{alias.name}/{alias.target.endpoint}": _alias(alias, target) for alias in plan.aliases},
    }


def _endpoint(plan: EndpointPlan, target: Target) -> EndpointArgs:
    address = plan.address
    arguments: EndpointArgs = {
        "identity": {
            "namespace": address.namespace,
            "object_name": address.object_name,
            "labels": address.labels,
            "selector": address.selector,
        },
        "image": _image(plan, target),
        "workload": _workload(plan),
        "replicas": {
            "minimum": plan.replicas.minimum,
            "maximum": plan.replicas.maximum,
            "cpu_utilization": plan.replicas.cpu_utilization,
            "scale_down_seconds": plan.replicas.scale_down_seconds,
        },
        "route": _route(plan.address, target),
    }
    if plan.secret_environment:
        arguments["secret"] = {
            # Both are DNS labels, so that the dot makes one name of each pair.
            "name": f"{address.namespace}.{address.object_name}",
            "variables": {name: value.get_secret_value() for name, value in plan.secret_environment.items()},
        }
    return arguments


def _alias(alias: Alias, target: Target) -> AliasArgs:
    return {
        "object_name": alias.object_name,
        "labels": alias.labels,
        "version": alias.target.version,
        "endpoint": f"{alias.target.version}/{alias.target.endpoint}",
        "route": _route(alias, target),
    }


def _image(plan: EndpointPlan, target: Target) -> ImageArgs:
    arguments: ImageArgs = {
        "repository": plan.address.image_repository(target.registry.repository),
        "tag": plan.address.image_tag,
        "dockerfile": plan.image.dockerfile,
        "context": plan.image.context.as_posix(),
        "named_contexts": {name: path.as_posix() for name, path in plan.image.named_contexts.items()},
    }
    if target.builder.name is not None:
        arguments["builder"] = target.builder.name
    if target.builder.certificates is not None:
        arguments["secrets"] = {CERTIFICATE_AUTHORITY_SECRET: target.builder.certificates}
    if target.registry.username is not None and target.registry.password is not None:
        arguments["login"] = {
            "address": target.registry.address,
            "username": target.registry.username,
            "password": target.registry.password.get_secret_value(),
        }
    return arguments


def _workload(plan: EndpointPlan) -> WorkloadArgs:
    arguments: WorkloadArgs = {
        "service_account": SERVICE_ACCOUNT,
        "command": list(plan.command),
        "port": plan.port,
        "environment": dict(plan.environment),
        "requests": dict(plan.requests),
        "limits": dict(plan.limits),
        "probe": _probe(plan.probe, plan.port),
        "node_selector": dict(plan.node_selector),
        "tolerations": [_toleration(toleration) for toleration in plan.tolerations],
        "volumes": [_volume(volume) for volume in plan.storage.volumes],
        "mounts": [_mount(mount) for mount in plan.storage.mounts],
        "user": USER_ID,
        "shutdown_delay_seconds": server.PRE_STOP_SECONDS,
        "grace_seconds": server.GRACE_PERIOD_SECONDS,
        "timeout_seconds": plan.timeout_seconds,
    }
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


def _volume(volume: Volume) -> VolumeArgs:
    arguments: VolumeArgs = {"name": volume.name}
    if volume.claim is not None:
        arguments["claim"] = volume.claim
    if volume.size is not None:
        arguments["size"] = f"{volume.size}Gi"
    if volume.storage_class is not None:
        arguments["storage_class"] = volume.storage_class
    return arguments


def _mount(mount: Mount) -> MountArgs:
    arguments: MountArgs = {"volume": mount.volume, "path": mount.path, "read_only": mount.read_only}
    if mount.sub_path is not None:
        arguments["sub_path"] = mount.sub_path
    return arguments


def _route(served: Address | Alias, target: Target) -> RouteArgs:
    router = target.router
    arguments: RouteArgs = {"prefix": served.prefix, "url": served.url(router.base_url)}
    if router.ingress_class is not None:
        arguments["ingress_class"] = router.ingress_class
    if router.host is not None:
        arguments["host"] = router.host
    if router.tls_secret is not None:
        arguments["tls_secret"] = router.tls_secret
    return arguments
