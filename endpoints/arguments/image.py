"""Arguments of an image."""

from endpoints.image.build_failures import BuildFacts, explanations
from endpoints.image.dockerfile import CERTIFICATE_AUTHORITY_SECRET, PACKAGE_INDEX_SECRET
from endpoints.plan import DockerImagePlan, EndpointPlan, ImagePlan
from endpoints.resources.docker_image import DockerImageArgs
from endpoints.resources.image import AttestationArgs, ExplanationArgs, ImageArgs, RegistryLoginArgs
from endpoints.stack_file import Attestations
from endpoints.target import RegistryAccess, Target

CACHE_TAG = "cache"
"""Tag of the layers that are kept for other builders, in a repository for each endpoint."""

SBOM_GENERATOR = "docker.io/docker/buildkit-syft-scanner:stable-1"
"""What BuildKit 0.31 makes an SBOM with where it is told no other image."""


def image_arguments(plan: EndpointPlan, image: ImagePlan, target: Target) -> ImageArgs:
    """Return what the image is built from, by whom, and where it goes."""
    builder = target.builder
    arguments: ImageArgs = {
        "repository": plan.address.image_repository(target.registry.repository),
        "tag": plan.address.image_tag,
        "dockerfile": image.dockerfile,
        "context": image.context.as_posix(),
        "named_contexts": dict(image.named_contexts),
        "explanations": _explanations(plan, image, target),
    }
    if builder.name is not None:
        arguments["builder"] = builder.name
    secrets = {}
    if builder.certificates is not None:
        secrets[CERTIFICATE_AUTHORITY_SECRET] = builder.certificates
    if builder.pip_configuration is not None:
        secrets[PACKAGE_INDEX_SECRET] = builder.pip_configuration.get_secret_value()
    if secrets:
        arguments["secrets"] = {**secrets}
    if builder.platforms:
        arguments["platforms"] = list(builder.platforms)
    if builder.cache is not None:
        arguments["cache"] = f"{plan.address.image_repository(builder.cache)}:{CACHE_TAG}"
    if login := _login(target.registry):
        arguments["login"] = login
    if builder.attestations is not None:
        arguments["attestations"] = _attestations(builder.attestations)
    if image.content is not None:
        arguments["content"] = image.content
    return arguments


def docker_image_arguments(plan: EndpointPlan, image: DockerImagePlan, target: Target) -> DockerImageArgs:
    """Return what the Docker daemon builds the image from, and where it goes."""
    repository = plan.address.image_repository(target.registry.repository)
    arguments: DockerImageArgs = {
        "name": f"{repository}:{plan.address.image_tag}",
        "context": image.context.as_posix(),
        "explanations": _explanations(plan, image, target),
    }
    if target.builder.platforms:
        (arguments["platform"],) = target.builder.platforms
    if login := _login(target.registry):
        arguments["login"] = login
    return arguments


def _attestations(settings: Attestations) -> AttestationArgs:
    arguments: AttestationArgs = {"sbom": settings.sbom, "provenance": settings.provenance}
    if settings.generator is not None:
        arguments["generator"] = settings.generator
    return arguments


def _generator(settings: Attestations | None) -> str | None:
    return (settings.generator or SBOM_GENERATOR) if settings and settings.sbom else None


def _login(registry: RegistryAccess) -> RegistryLoginArgs | None:
    if registry.username is None or registry.password is None:
        return None
    return {
        "address": registry.address,
        "username": registry.username,
        "password": registry.password.get_secret_value(),
    }


def _explanations(
    plan: EndpointPlan, image: ImagePlan | DockerImagePlan, target: Target
) -> list[ExplanationArgs]:
    facts = BuildFacts(
        base=image.base,
        place=plan.definition.problem("image", "").place,
        downloads=image.downloads,
        repository=plan.address.image_repository(target.registry.repository),
        user=target.registry.username,
        index=target.builder.index,
        builder=target.builder.name,
        generator=_generator(target.builder.attestations),
    )
    return [{"pattern": one.pattern, "text": one.text} for one in explanations(facts)]
