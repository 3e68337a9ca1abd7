"""Whether a plan stays within what a managed cluster grants the team.

Kubernetes refuses pods rather than the workloads that ask for them, and says so in an event that nobody
looks at: https://kubernetes.io/docs/concepts/policy/resource-quotas/. So all of it is added up beforehand.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import ceil

from endpoints.errors import Problem, ProjectError
from endpoints.grant import ContainerLimits, Grant
from endpoints.plan.models import DeploymentPlan, EndpointPlan, ReadyImage
from endpoints.quantities import amount
from endpoints.settings import Settings
from endpoints.settings.layers import find_conflicts
from endpoints.wording import quote
from endpoints.yaml_document import KeyPath

SURGE = Decimal("0.25")
"""The share of an endpoint's pods that a rollout adds before it takes old ones away (components.workload)."""

Amounts = Mapping[str, Decimal]


def with_granted_defaults(settings: Settings, grant: Grant) -> Settings:
    """Return the settings with the cluster's defaults for what no place of the stack file says.

    Raises ProjectError where that contradicts what it says.
    """
    general, own = grant.replicas.default, settings.defaults.replicas
    replicas = general.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})
    defaults = settings.defaults.model_copy(update={"replicas": replicas})
    granted = settings.model_copy(update={"defaults": defaults})
    if problems := list(find_conflicts(granted)):
        raise ProjectError(*problems)
    return granted


def check_limits(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find endpoints and deployments that ask for more than the grant allows."""
    for index, deployment in enumerate(deployments):
        for number, version in enumerate(deployment.versions):
            for endpoint in version.endpoints:
                path = ("deployments", index, "versions", number, "endpoints", endpoint.address.endpoint)
                yield from _endpoint(settings, path, endpoint, grant)
        total = _total(deployment, grant.container)
        for resource, quota in grant.quota.items():
            if total.get(resource, Decimal()) > _amount(quota):
                parts = _parts(deployment, resource, grant.container)
                text = (
                    f"with all pods that its endpoints may have, the deployment needs {resource} of "
                    f"{_shown(resource, total[resource])} ({parts}); the team's quota is {quota}; "
                    "lower replicas.max or remove versions"
                )
                yield settings.problem(("deployments", index), text)


def advise_on_limits(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find deployments whose quota has no room for a rollout when all pods run."""
    for index, deployment in enumerate(deployments):
        total = _total(deployment, grant.container)
        for endpoint in _endpoints(deployment):
            more = ceil(endpoint.replicas.maximum * SURGE)
            pod = _pod(endpoint, grant.container)
            full = [
                resource
                for resource, quota in grant.quota.items()
                if total.get(resource, Decimal()) + more * pod.get(resource, Decimal()) > _amount(quota)
            ]
            if full:
                text = (
                    f"while all its pods run, a rollout of {endpoint.address.endpoint} needs {more} more "
                    f"than the quota has room for ({', '.join(sorted(full))}), and waits until the load is "
                    "lower; lower replicas.max, or ask for a higher quota"
                )
                yield settings.problem(("deployments", index), text)
                break


def _endpoint(settings: Settings, path: KeyPath, endpoint: EndpointPlan, grant: Grant) -> Iterator[Problem]:
    if endpoint.replicas.maximum > grant.replicas.max:
        text = f"found {endpoint.replicas.maximum}; the team's limit is {grant.replicas.max} for an endpoint"
        yield settings.problem((*path, "replicas", "max"), f"{text}; lower it")
    if isinstance(endpoint.image, ReadyImage):
        reference, repository = endpoint.image.reference, grant.registry.repository
        if not reference.startswith(f"{repository}/"):
            text = f"found {quote(reference)}; the team's images are below {repository}; copy the image there"
            yield settings.problem((*path, "image"), text)
    if endpoint.replicas.scaling is not None and endpoint.replicas.scaling.keda is not None:
        text = "needs rights that the team does not have on this cluster; remove it"
        yield settings.problem((*path, "scaling", "keda"), text)
    requests, limits = _container(endpoint, grant.container)
    for resource, most in grant.container.max.items():
        if limits.get(resource, Decimal()) > _amount(most):
            text = (
                f"may use {resource} of {_shown(resource, limits[resource])} by valohai.yaml; the team's "
                f"limit for a container is {most}; lower resources.{resource}.max there"
            )
            yield settings.problem(path, text)
    for resource, request in requests.items():
        if resource in limits and request > limits[resource]:
            text = (
                f"asks for {resource} of {_shown(resource, request)}, and without a maximum of its own gets "
                f"the cluster's, {_shown(resource, limits[resource])}; give resources.{resource}.max in "
                "valohai.yaml"
            )
            yield settings.problem(path, text)


def _container(endpoint: EndpointPlan, defaults: ContainerLimits) -> tuple[Amounts, Amounts]:
    """Return requests and limits as they are once Kubernetes has filled in what is missing.

    A missing request is the limit, where there is one, and else the LimitRange's default.
    """
    limits = {**defaults.limits, **endpoint.limits}
    requests = {**defaults.requests, **endpoint.limits, **endpoint.requests}
    return (
        {resource: _amount(quantity) for resource, quantity in requests.items()},
        {resource: _amount(quantity) for resource, quantity in limits.items()},
    )


def _pod(endpoint: EndpointPlan, defaults: ContainerLimits) -> Amounts:
    """Return what one pod takes of a quota, by the names that a ResourceQuota uses."""
    requests, limits = _container(endpoint, defaults)
    volumes = [volume.size for volume in endpoint.storage.volumes if volume.size is not None]
    return {
        "pods": Decimal(1),
        **{f"requests.{resource}": value for resource, value in requests.items()},
        **{f"limits.{resource}": value for resource, value in limits.items()},
        "requests.storage": Decimal(sum(volumes)) * 1024**3,
    }


def _total(deployment: DeploymentPlan, defaults: ContainerLimits) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for endpoint in _endpoints(deployment):
        for resource, value in _pod(endpoint, defaults).items():
            total[resource] = total.get(resource, Decimal()) + endpoint.replicas.maximum * value
    return total


def _parts(deployment: DeploymentPlan, resource: str, defaults: ContainerLimits) -> str:
    """Return what the total is made of: `predict-digit of 20261101.0 8 x 0.5`."""
    return ", ".join(
        f"{endpoint.address.endpoint} of {endpoint.address.version} {endpoint.replicas.maximum} x "
        f"{_shown(resource, taken)}"
        for endpoint in _endpoints(deployment)
        if (taken := _pod(endpoint, defaults).get(resource, Decimal()))
    )


def _endpoints(deployment: DeploymentPlan) -> list[EndpointPlan]:
    return [endpoint for version in deployment.versions for endpoint in version.endpoints]


def _amount(quantity: str) -> Decimal:
    return amount(quantity) or Decimal()


def _shown(resource: str, value: Decimal) -> str:
    """Return an amount as people write it: memory and storage in MiB, everything else as a number."""
    unit = "Mi" if resource.endswith(("memory", "storage")) else ""
    number = value / 1024**2 if unit else value
    return f"{number.quantize(Decimal('0.001')).normalize():f}{unit}"
