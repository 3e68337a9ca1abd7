"""The container image of one endpoint: built by BuildKit, Buildx or a Docker daemon, or there already."""

import os
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_docker_build as docker_build

from endpoints.buildx.history import output_of_failed_step
from endpoints.image.build_failures import BuildFacts, explain_failure
from endpoints.image.dockerfile import (
    BUILD_SECRET,
    CERTIFICATE_AUTHORITY_SECRET,
    KNOWN_HOSTS_SECRET,
    PACKAGE_INDEX_SECRET,
)
from endpoints.plan import DockerImagePlan, EndpointPlan, ImagePlan, ReadyImage
from endpoints.stack_file import Attestations
from endpoints.target import ImageBuilder, RegistryAccess, Target

# Imported where it is used: that takes a twentieth of a second, which other builders need not wait for.
if TYPE_CHECKING:
    pass

CACHE_TAG = "cache"
"""Tag of the layers that are kept for other builders, in a repository for each endpoint."""

SBOM_GENERATOR = "docker.io/docker/buildkit-syft-scanner:stable-1"
"""What BuildKit 0.31 makes an SBOM with where it is told no other image."""

ATTESTED_IMAGE = "buildx:index:Image"
"""The type of an image with attestations; its first part names the plugin in Pulumi.yaml."""


def declare_image(
    name: str, plan: EndpointPlan, target: Target, opts: pulumi.ResourceOptions
) -> pulumi.Input[str]:
    """Declare the image that is built, if any, and return the reference that the pods run.

    Builds happen in ``pulumi up`` only: a preview compares content hashes, so that it needs no builder and
    takes no minutes. Changed build secrets (a renewed certificate, say) do not rebuild: they are not part of
    what is built. What was pushed stays when the resource goes: other stacks may run it, and a roll-back
    needs it.
    """
    match plan.image:
        case ReadyImage(reference=reference):
            return reference
        case DockerImagePlan() as image:
            return _docker_image(name, plan, image, target, _options(name, plan, image, target, opts))
        case ImagePlan() as image if target.builder.attestations is not None:
            own = _options(name, plan, image, target, opts)
            return _attested_image(name, plan, image, target, target.builder.attestations, own)
        case ImagePlan() as image:
            return _image(name, plan, image, target, _options(name, plan, image, target, opts))


def image_repository(plan: EndpointPlan, target: Target) -> str:
    """Return where the image is pushed, without a tag: ``registry.acme.example/ml/acme/digits/...``."""
    return plan.address.image_repository(target.registry.repository)


def _image(
    name: str, plan: EndpointPlan, image: ImagePlan, target: Target, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Declare an image that BuildKit builds, and return its reference with the pushed digest."""
    builder, secrets = target.builder, _secrets(image, target.builder)
    cache = _cache(plan, builder)
    declared = docker_build.Image(
        name,
        push=True,
        build_on_preview=False,
        # Nothing pulls by the tag, which is for people who browse the registry: pods name the digest.
        tags=[f"{image_repository(plan, target)}:{plan.address.image_tag}"],
        dockerfile={"inline": image.dockerfile},
        context={
            "location": image.context.as_posix(),
            "named": {key: {"location": location} for key, location in image.named_contexts.items()},
        },
        builder={"name": builder.name} if builder.name is not None else None,
        platforms=[docker_build.Platform(platform) for platform in builder.platforms] or None,
        cache_from=[{"registry": {"ref": cache}}] if cache else None,
        cache_to=[_all_layers(cache)] if cache else None,
        secrets=secrets or None,
        ignore_secrets_in_diff_calculation=sorted(secrets) or None,
        ssh=[{"id": "default"}] if builder.known_hosts is not None else None,
        registries=[{"address": target.registry.address, **login}]
        if (login := _login(target.registry))
        else None,
        opts=opts,
    )
    return declared.ref


def _all_layers(reference: str) -> docker_build.CacheToArgsDict:
    """Keep the layers of all stages. Amazon ECR takes them as an image only."""
    return {
        "registry": {
            "ref": reference,
            "mode": docker_build.CacheMode.MAX,
            "image_manifest": True,
            "oci_media_types": True,
            # A cache that cannot be written costs time with the next build, and no deployment.
            "ignore_error": True,
        }
    }


class _AttestedImage(pulumi.CustomResource):
    ref: pulumi.Output[str]

    def __init__(self, name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(ATTESTED_IMAGE, name, {**properties, "ref": None}, opts)


def _attested_image(
    name: str,
    plan: EndpointPlan,
    image: ImagePlan,
    target: Target,
    attestations: Attestations,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Declare an image that Docker Buildx builds, and return it with the digest of image and attestations.

    pulumi-docker-build 0.0.22 switches provenance off and cannot ask for an SBOM, so a plugin of this
    program's own (``endpoints/buildx``) builds these images, from the same Dockerfile and contexts. A build
    makes another provenance and so another digest each time, so ``content`` decides, and a new commit that
    changes nothing rolls no pods.
    """
    asked = {"sbom": attestations.sbom, "provenance": attestations.provenance}
    properties: dict[str, Any] = {
        "repository": image_repository(plan, target),
        "tag": plan.address.image_tag,
        "dockerfile": image.dockerfile,
        "context": image.context.as_posix(),
        "content": image.content,
        "namedContexts": dict(image.named_contexts),
        "attestations": asked | ({"generator": attestations.generator} if attestations.generator else {}),
    }
    if target.builder.name is not None:
        properties["builder"] = target.builder.name
    if target.builder.platforms:
        properties["platforms"] = list(target.builder.platforms)
    if cache := _cache(plan, target.builder):
        properties["cache"] = cache
    if secrets := _secrets(image, target.builder):
        properties["secrets"] = secrets
    if target.builder.known_hosts is not None:
        properties["ssh"] = True
    if login := _login(target.registry):
        properties["login"] = {"address": target.registry.address, **login}
    return _AttestedImage(name, properties, opts).ref


def _docker_image(
    name: str, plan: EndpointPlan, image: DockerImagePlan, target: Target, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Declare an image that a Docker daemon builds, and return its reference with the pushed digest."""
    import pulumi_docker as docker

    context = image.context.as_posix()
    build: docker.DockerBuildArgsDict = {
        "context": context,
        "dockerfile": f"{context}/Dockerfile",
        "builder_version": docker.BuilderVersion.BUILDER_BUILD_KIT,
    }
    if target.builder.platforms:
        (build["platform"],) = target.builder.platforms
    declared = docker.Image(
        name,
        image_name=f"{image_repository(plan, target)}:{plan.address.image_tag}",
        build=build,
        build_on_preview=False,
        registry={"server": target.registry.address, **login} if (login := _login(target.registry)) else None,
        opts=opts,
    )
    return declared.repo_digest


def _login(registry: RegistryAccess) -> dict[str, Any]:
    """Return credentials for pushing; without them the machine's own ``docker login`` is used."""
    if registry.username is None or registry.password is None:
        return {}
    password = pulumi.Output.secret(registry.password.get_secret_value())
    return {"username": registry.username, "password": password}


def _secrets(image: ImagePlan, builder: ImageBuilder) -> dict[str, pulumi.Input[str]]:
    """Return build secrets by id. They reach the build's RUN steps only and never a layer."""
    found: dict[str, pulumi.Input[str]] = {}
    if builder.certificates is not None:
        found[CERTIFICATE_AUTHORITY_SECRET] = pulumi.Output.secret(builder.certificates)
    if builder.pip_configuration is not None:
        found[PACKAGE_INDEX_SECRET] = pulumi.Output.secret(builder.pip_configuration.get_secret_value())
    if builder.known_hosts is not None:
        found[KNOWN_HOSTS_SECRET] = pulumi.Output.secret(builder.known_hosts)
    for variable, value in image.build_secrets.items():
        found[f"{BUILD_SECRET}{variable}"] = pulumi.Output.secret(value.get_secret_value())
    return found


def _cache(plan: EndpointPlan, builder: ImageBuilder) -> str | None:
    return f"{plan.address.image_repository(builder.cache)}:{CACHE_TAG}" if builder.cache else None


def _options(
    name: str,
    plan: EndpointPlan,
    image: ImagePlan | DockerImagePlan,
    target: Target,
    opts: pulumi.ResourceOptions,
) -> pulumi.ResourceOptions:
    """Return the options of an image, whoever builds it: why a build failed is shown.

    It is shown at the parent, for the failed resource itself never gets an address to show it at.
    """
    builder, attestations = target.builder, target.builder.attestations
    facts = BuildFacts(
        base=image.base,
        place=plan.definition.problem("image", "").place,
        downloads=image.downloads,
        repository=image_repository(plan, target),
        user=target.registry.username,
        index=builder.index,
        builder=builder.name,
        generator=(attestations.generator or SBOM_GENERATOR) if attestations and attestations.sbom else None,
    )

    def show(failure: pulumi.ErrorHookArgs) -> bool:
        error = failure.errors[0]
        if isinstance(image, ImagePlan):
            error += f"\n{output_of_failed_step(error, image.context, builder.name, os.environ)}"
        pulumi.log.error(f"{name}: {explain_failure(error, facts)}", opts.parent)
        return False  # try it only once

    hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"explain a failed build of {name}", show)])
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True, hooks=hooks))
