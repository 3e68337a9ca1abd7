"""One endpoint of one version: everything between its code and its URL."""

from copy import copy
from typing import NotRequired, TypedDict

import pulumi

from endpoints.resources.attested_image import attested_image
from endpoints.resources.autoscaler import AutoscalerArgs, autoscaler, disruption_budget
from endpoints.resources.claim import ClaimArgs, claim
from endpoints.resources.docker_image import DockerImageArgs, docker_image
from endpoints.resources.identity import IdentityArgs
from endpoints.resources.image import ImageArgs, image
from endpoints.resources.pod_monitor import PodMonitorArgs, pod_monitor
from endpoints.resources.rollout import RolloutArgs, announced_rollout
from endpoints.resources.route import route
from endpoints.resources.route_arguments import RouteArgs
from endpoints.resources.scaled_object import ScaledObjectArgs, scaled_object
from endpoints.resources.secret import SecretArgs, secret
from endpoints.resources.service import service
from endpoints.resources.smoke_request import SmokeRequestArgs, smoke_request
from endpoints.resources.workload import WorkloadArgs, workload


class EndpointArgs(TypedDict):
    """Everything that is decided about one endpoint before Pulumi sees it."""

    identity: IdentityArgs
    """How the endpoint's objects are named and found."""
    image: NotRequired[ImageArgs]
    """The image that BuildKit builds. There is exactly one of this and the next two."""
    docker_image: NotRequired[DockerImageArgs]
    """The image that a Docker daemon builds."""
    ready_image: NotRequired[str]
    """The image that is there already."""
    workload: WorkloadArgs
    """What the pods run and what they may use."""
    rollout: RolloutArgs
    """What it takes to tell why the pods are not ready."""
    claim: NotRequired[ClaimArgs]
    """Whose the objects are, in a namespace that others may use, too."""
    secret: NotRequired[SecretArgs]
    """Environment variables whose values nobody may read."""
    autoscaler: NotRequired[AutoscalerArgs]
    """What decides the number of pods; absent where it is fixed, or KEDA decides it."""
    scaled_object: NotRequired[ScaledObjectArgs]
    """What KEDA decides the number of pods by."""
    pod_monitor: NotRequired[PodMonitorArgs]
    """How a Prometheus of the Prometheus operator finds the pods."""
    disruption_budget: bool
    """Whether pods leave a node that is drained one at a time."""
    route: RouteArgs
    """Where requests come from."""
    smoke_request: NotRequired[SmokeRequestArgs]
    """The request that it must answer before aliases may lead to it."""


def _image(name: str, args: EndpointArgs, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    """Declare the image that is built, if any, and return what the pods run."""
    if "image" in args:
        declare = attested_image if "attestations" in args["image"] else image
        return declare(name, args["image"], opts)
    if "docker_image" in args:
        return docker_image(name, args["docker_image"], opts)
    return args["ready_image"]


def _waiting_for_nothing(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """Leave waiting to the children, one by one: each waits for its component as well, the image like all."""
    own = copy(opts)
    if own is not None:
        own.depends_on = None
    return own


def _claim(name: str, args: EndpointArgs) -> pulumi.ResourceHookBinding | None:
    """Return what looks for a workload of others by the same name."""
    if "claim" not in args:
        return None
    namespace, workload_name = args["identity"]["namespace"], args["identity"]["object_name"]
    return claim(
        name,
        f"the Deployment {workload_name} of the namespace {namespace}",
        f"/apis/apps/v1/namespaces/{namespace}/deployments/{workload_name}",
        args["claim"],
    )


class Endpoint(pulumi.ComponentResource):
    """Image, workload, Service and route of one endpoint, and what decides the number of its pods.

    Endpoints that keep several pods have a disruption budget, and those with secret variables a Secret. What
    depends on an endpoint waits for the answer to its smoke request, too, if it has one.
    """

    url: pulumi.Output[str]
    """Where the endpoint answers."""
    image: pulumi.Output[str]
    """The image that its pods run; with digest, unless it is a ready one that is named without."""
    namespace: pulumi.Output[str]
    """The namespace of its objects."""

    def __init__(self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("valohai:index:Endpoint", name, {}, _waiting_for_nothing(opts))
        identity = args["identity"]

        # The image waits for nothing: it is built while the objects that the others wait for are made.
        reference = _image(name, args, pulumi.ResourceOptions(parent=self))
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        secret_environment = secret(identity, args["secret"], child) if "secret" in args else []
        hooks = pulumi.ResourceHookBinding.merge(
            _claim(name, args), announced_rollout(name, identity, args["rollout"], self)
        )
        pods = workload(
            name,
            identity,
            reference,
            secret_environment,
            args["workload"],
            pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(hooks=hooks)),
        )
        if "autoscaler" in args:
            autoscaler(name, identity, args["autoscaler"], child)
        if "scaled_object" in args:
            scaled_object(name, identity, args["scaled_object"], child)
        if "pod_monitor" in args:
            pod_monitor(name, identity, args["pod_monitor"], child)
        if args["disruption_budget"]:
            disruption_budget(name, identity, child)
        reached_by = service(name, identity, child)
        # It depends on the Service, without which a router would refuse it.
        behind = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[reached_by]))
        reached_from = route(name, identity, args["route"], behind)
        if "smoke_request" in args:
            smoke_request(
                name,
                args["smoke_request"],
                {
                    "image": reference,
                    "secrets": secret_environment,
                    "workload": pods.metadata.apply(lambda metadata: metadata.uid),
                },
                pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[pods, reached_from])),
            )

        self.url = pulumi.Output.from_input(args["route"]["url"])
        self.image = pulumi.Output.from_input(reference)
        self.namespace = pulumi.Output.from_input(identity["namespace"])
        self.register_outputs({"url": self.url, "image": self.image, "namespace": self.namespace})
