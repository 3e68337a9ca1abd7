"""What a managed cluster grants, held against what a stack asks for."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from endpoints.cluster.quantities import amount
from endpoints.errors import Problem, ProjectError
from endpoints.plan.metrics import MetricsPlan
from endpoints.plan.models import DeploymentPlan, EndpointPlan, ReadyImage
from endpoints.stack_file import Settings
from endpoints.stack_file.layers import find_conflicts
from endpoints.target.grant import ContainerLimits, Grant
from endpoints.wording import quote
from endpoints.yaml_document import KeyPath

_ASK = "ask your cluster administrator for `network: {monitoringNamespace: ...}`"


def check_monitoring(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find PodMonitors that the team has no right to make."""
    for path, metrics in _unreachable(deployments, grant):
        if metrics.by_pod_monitor:
            text = (
                f"the team is not allowed to create a PodMonitor on this cluster; use annotations, or {_ASK}"
            )
            yield settings.problem(path, text)


def advise_on_monitoring(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find annotations that no Prometheus follows; the same stack file is right on another cluster."""
    for path, metrics in _unreachable(deployments, grant):
        if not metrics.by_pod_monitor:
            text = f"only the router can reach pods of this cluster, so metrics cannot be collected; {_ASK}"
            yield settings.problem(path, text)


def _unreachable(
    deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[tuple[KeyPath, MetricsPlan]]:
    if grant.monitoring_namespace is not None:
        return
    for index, deployment in enumerate(deployments):
        for number, version in enumerate(deployment.versions):
            for endpoint in version.endpoints:
                if endpoint.metrics is not None:
                    name = endpoint.address.endpoint
                    path: KeyPath = ("deployments", index, "versions", number, "endpoints", name)
                    yield (*path, "metrics", "scrape"), endpoint.metrics


def advise_on_pull_secret(settings: Settings) -> Iterator[Problem]:
    """Find a pull secret without effect; the same stack file is right on a cluster of the team's own."""
    chosen = settings.registry.pull_secret if settings.registry else None
    if chosen is not None and chosen.kind != "none":
        text = (
            "has no effect on this cluster: nodes pull with the Secret that the cluster "
            "administrator has put into the team's namespaces; ask your cluster administrator for "
            "one that can read this registry"
        )
        yield settings.problem(("registry", "pullSecret"), text)


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
                    "with the highest number of pods of its endpoints, the deployment needs "
                    f"{resource} of {_shown(resource, total[resource])} ({parts}); the team's quota "
                    f"is {quota}; lower replicas.max or remove versions"
                )
                yield settings.problem(("deployments", index), text)


def advise_on_limits(
    settings: Settings, deployments: tuple[DeploymentPlan, ...], grant: Grant
) -> Iterator[Problem]:
    """Find deployments whose quota has no room for a rollout when all pods run."""
    for index, deployment in enumerate(deployments):
        total = _total(deployment, grant.container)
        for endpoint in _endpoints(deployment):
            more = endpoint.objects.rollout.surge(endpoint.replicas.max)
            pod = _pod(endpoint, grant.container)
            full = [
                resource
                for resource, quota in grant.quota.items()
                if total.get(resource, Decimal()) + more * pod.get(resource, Decimal()) > _amount(quota)
            ]
            if full and more:
                text = (
                    f"while all its pods run, a rollout of {endpoint.address.endpoint} needs {more} "
                    f"more than the quota allows ({', '.join(sorted(full))}), and waits until the "
                    "load is lower; lower replicas.max, or ask your cluster administrator for a "
                    "higher quota"
                )
                yield settings.problem(("deployments", index), text)
                break


def _endpoint(settings: Settings, path: KeyPath, endpoint: EndpointPlan, grant: Grant) -> Iterator[Problem]:
    if endpoint.replicas.max > grant.replicas.max:
        text = f"found {endpoint.replicas.max}; the team's limit is {grant.replicas.max} for an endpoint"
        yield settings.problem((*path, "replicas", "max"), f"{text}; lower it")
    if isinstance(endpoint.image, ReadyImage):
        reference, repository = endpoint.image.reference, grant.registry.repository
        if not reference.startswith(f"{repository}/"):
            text = (
                f"found {quote(reference)}; the team's images must be below {repository}; copy the image "
                "there"
            )
            yield settings.problem((*path, "image"), text)
    if endpoint.proxy is not None and not endpoint.proxy.image.startswith(f"{grant.registry.repository}/"):
        text = (
            f"found {quote(endpoint.proxy.image)} for the proxy of access and cors; the team's images must "
            f"be below {grant.registry.repository}; copy the image there, and name the copy here"
        )
        yield endpoint.layers.problem(("proxyImage",), text)
    if endpoint.scaling is not None and endpoint.scaling.keda is not None:
        text = "needs rights that the team does not have on this cluster; remove it"
        yield settings.problem((*path, "scaling", "keda"), text)
    yield from _reaching_for_others(endpoint)
    pod = endpoint.taken_by_server(grant.container.requests, grant.container.limits)
    for resource, most in grant.container.max.items():
        limit = pod.get(f"limits.{resource}", Decimal())
        if limit > _amount(most):
            text = (
                f"has a {resource} limit of {_shown(resource, limit)} in valohai.yaml; the team's "
                f"limit for a container is {most}; lower resources.{resource}.max there"
            )
            if f"resources.{resource}.max" in endpoint.definition.replaced:
                text = text.replace(" in valohai.yaml", "").removesuffix(" there")
                yield endpoint.definition.problem(f"resources.{resource}.max", text)
                continue
            yield settings.problem(path, text)
    for name, request in pod.items():
        group, _, resource = name.partition(".")
        most_used = pod.get(f"limits.{resource}")
        if group == "requests" and most_used is not None and request > most_used:
            text = (
                f"requests {resource} of {_shown(resource, request)}, but has no limit and gets the "
                f"cluster's, {_shown(resource, most_used)}; set resources.{resource}.max in "
                "valohai.yaml"
            )
            yield settings.problem(path, text)


CONTROL_PLANE = "node-role.kubernetes.io/"
"""How the taints of nodes with the API server begin."""


def _reaching_for_others(endpoint: EndpointPlan) -> Iterator[Problem]:
    """Find pods that the cluster's policies refuse, since they would be in the way of others."""
    if endpoint.objects.priority_class_name is not None:
        text = "is not allowed on this cluster: pods with a priority displace those of other teams; remove it"
        yield endpoint.layers.problem(("priorityClassName",), text)
    if any(one.key is None or one.key.startswith(CONTROL_PLANE) for one in endpoint.tolerations):
        text = (
            "every taint, or one of control plane nodes, is tolerated, which is not allowed on this cluster; "
            "name the taints of the nodes for the team"
        )
        yield endpoint.definition.problem("tolerations", text)


def _pod(endpoint: EndpointPlan, defaults: ContainerLimits) -> Amounts:
    """Return what one pod takes of a quota, once Kubernetes has filled in what is missing."""
    return endpoint.taken_of_quota(defaults.requests, defaults.limits)


def _total(deployment: DeploymentPlan, defaults: ContainerLimits) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for endpoint in _endpoints(deployment):
        for resource, value in _pod(endpoint, defaults).items():
            total[resource] = total.get(resource, Decimal()) + endpoint.replicas.max * value
    return total


def _parts(deployment: DeploymentPlan, resource: str, defaults: ContainerLimits) -> str:
    """Return what the total is made of: `predict-digit of 20261101.0 8 x 0.5`."""
    return ", ".join(
        f"{endpoint.address.endpoint} of {endpoint.address.version} {endpoint.replicas.max} x "
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
