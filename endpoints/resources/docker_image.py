"""The container image of one endpoint, built by a Docker daemon and pushed to the deployment's registry."""

from typing import TYPE_CHECKING, NotRequired, TypedDict

import pulumi

from endpoints.resources.image import ExplanationArgs, RegistryLoginArgs, image_options

# Imported where it is used: that takes a twentieth of a second, which other builders need not wait for.
if TYPE_CHECKING:
    import pulumi_docker as docker


class DockerImageArgs(TypedDict):
    """What to build and where to push it."""

    name: str
    """Repository and tag: ``registry.acme.example/ml/acme/digits/predict-digit:20261101.0``."""
    context: str
    """Directory with the Dockerfile and all that it copies, relative to Pulumi.yaml's."""
    platform: NotRequired[str]
    """What the image is built for; the daemon's own platform when absent."""
    login: NotRequired[RegistryLoginArgs]
    """Credentials of a private registry; without them the machine's own ``docker login`` is used."""
    explanations: list[ExplanationArgs]
    """Of a failed build the first is shown that matches what the builder says, beside its own words."""


def _login(login: RegistryLoginArgs) -> "docker.RegistryArgsDict":
    return {
        "server": login["address"],
        "username": login["username"],
        "password": pulumi.Output.secret(login["password"]),
    }


def _build(args: DockerImageArgs) -> "docker.DockerBuildArgsDict":
    from pulumi_docker import BuilderVersion

    build: docker.DockerBuildArgsDict = {
        "context": args["context"],
        "dockerfile": f"{args['context']}/Dockerfile",
        "builder_version": BuilderVersion.BUILDER_BUILD_KIT,
    }
    if "platform" in args:
        build["platform"] = args["platform"]
    return build


def docker_image(name: str, args: DockerImageArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Declare the image, and return its reference with the pushed digest.

    As with BuildKit, builds happen in ``pulumi up`` only, and the pushed image outlives the resource.
    """
    import pulumi_docker as docker

    declared = docker.Image(
        name,
        image_name=args["name"],
        build=_build(args),
        build_on_preview=False,
        registry=_login(args["login"]) if "login" in args else None,
        opts=image_options(name, args["explanations"], opts),
    )
    return declared.repo_digest
