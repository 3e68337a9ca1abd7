"""Arguments of a deployment and of all that is in it."""

from endpoints.arguments.certificate import certificate_arguments
from endpoints.arguments.image import docker_image_arguments, image_arguments
from endpoints.arguments.metrics import pod_monitor_arguments
from endpoints.arguments.pull_secret import pull_secret_arguments
from endpoints.arguments.rollout import rollout_arguments
from endpoints.arguments.route import route_arguments
from endpoints.arguments.scaling import autoscaler_arguments, scaled_object_arguments
from endpoints.arguments.smoke_request import smoke_request_arguments
from endpoints.arguments.workload import workload_arguments
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.plan import DeploymentPlan, DockerImagePlan, EndpointPlan, ImagePlan, ReadyImage
from endpoints.plan.address import Alias
from endpoints.resources.alias import AliasArgs
from endpoints.resources.claim import ClaimArgs
from endpoints.resources.deployment import DeploymentArgs
from endpoints.resources.endpoint import EndpointArgs
from endpoints.target import Target


def deployment_name(plan: DeploymentPlan) -> str:
    """Return the deployment's name in Pulumi: ``<organization>/<project>/<deployment>``."""
    return f"{plan.organization}/{plan.project}/{plan.name}"


def deployment_arguments(
    plan: DeploymentPlan, target: Target, claim: ClaimArgs | None = None
) -> DeploymentArgs:
    """Return the arguments of the deployment and of everything in it.

    `claim` tells whose the objects are. A namespace of the stack's own says it for all that is in it.
    """
    arguments: DeploymentArgs = {
        "namespace": plan.namespace,
        "makes_namespace": target.makes_namespaces,
        "service_account": SERVICE_ACCOUNT,
        "labels": dict(plan.labels),
        "endpoints": {
            f"{version.name}/{endpoint.address.endpoint}": _endpoint(endpoint, target)
            for version in plan.versions
            for endpoint in version.endpoints
        },
        "aliases": {f"{alias.name}/{alias.endpoint}": _alias(alias, target) for alias in plan.aliases},
    }
    if claim is not None and target.makes_namespaces:
        arguments["claim"] = claim
    elif claim is not None:
        for described in (*arguments["endpoints"].values(), *arguments["aliases"].values()):
            described["claim"] = claim
    if plan.namespace in target.handed_over:
        arguments["hands_over"] = True
    if (certificate := certificate_arguments(plan, target)) is not None:
        arguments["certificate"] = certificate
    if (pull_secret := pull_secret_arguments(plan, target)) is not None:
        arguments["pull_secret"] = pull_secret
    elif target.registry.pull_secret is not None:
        arguments["existing_pull_secret"] = target.registry.pull_secret
    if (grant := target.grant) is not None:
        arguments["granted"] = {
            "quota": dict(grant.quota),
            "replicas": grant.replicas.max,
            "container": {
                "requests": dict(grant.container.requests),
                "limits": dict(grant.container.limits),
                "max": dict(grant.container.max),
            },
        }
    return arguments


def _endpoint(plan: EndpointPlan, target: Target) -> EndpointArgs:
    address, workload = plan.address, workload_arguments(plan, SERVICE_ACCOUNT)
    arguments: EndpointArgs = {
        "identity": {
            "namespace": address.namespace,
            "object_name": address.object_name,
            "labels": address.labels,
            "selector": address.selector,
        },
        "workload": workload,
        "rollout": rollout_arguments(plan, target),
        "disruption_budget": plan.replicas.minimum > 1,
        "route": route_arguments(plan.address, target, plan.timeout_seconds),
    }
    match plan.image:
        case ImagePlan() as image:
            arguments["image"] = image_arguments(plan, image, target)
        case DockerImagePlan() as image:
            arguments["docker_image"] = docker_image_arguments(plan, image, target)
        case ReadyImage(reference=reference):
            arguments["ready_image"] = reference
    scaling = plan.replicas.scaling
    if scaling is not None and scaling.keda is not None:
        arguments["scaled_object"] = scaled_object_arguments(plan.replicas, scaling, scaling.keda)
    elif scaling is not None:
        arguments["autoscaler"] = autoscaler_arguments(plan.replicas, scaling)
    if plan.metrics is not None and plan.metrics.monitor is not None:
        arguments["pod_monitor"] = pod_monitor_arguments(plan, plan.metrics, plan.metrics.monitor)
    if plan.secret_environment:
        arguments["secret"] = {
            # Both are DNS labels, so that the dot makes one name of each pair.
            "name": f"{address.namespace}.{address.object_name}",
            "variables": {name: value.get_secret_value() for name, value in plan.secret_environment.items()},
        }
    if plan.smoke_request is not None:
        arguments["smoke_request"] = smoke_request_arguments(plan, plan.smoke_request, workload, target)
    return arguments


def _alias(alias: Alias, target: Target) -> AliasArgs:
    weights = {share.target.version: share.weight for share in alias.shares}
    return {
        "metadata": {
            "namespace": alias.namespace,
            "object_name": alias.object_name,
            "labels": alias.labels,
        },
        "versions": weights,
        "endpoints": [f"{version}/{alias.endpoint}" for version in weights],
        "route": route_arguments(alias, target),
    }
