"""Arguments of an image."""

from endpoints.build_failures import BuildFacts, explanations
from endpoints.components.image import ImageArgs
from endpoints.dockerfile import CERTIFICATE_AUTHORITY_SECRET
from endpoints.plan import EndpointPlan
from endpoints.targets import Target


def image_arguments(plan: EndpointPlan, target: Target) -> ImageArgs:
    """Return what the image is built from, by whom, and where it goes."""
    arguments: ImageArgs = {
        "repository": plan.address.image_repository(target.registry.repository),
        "tag": plan.address.image_tag,
        "dockerfile": plan.image.dockerfile,
        "context": plan.image.context.as_posix(),
        "named_contexts": dict(plan.image.named_contexts),
        "explanations": [
            {"pattern": explanation.pattern, "text": explanation.text}
            for explanation in explanations(_facts(plan, target))
        ],
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


def _facts(plan: EndpointPlan, target: Target) -> BuildFacts:
    return BuildFacts(
        base=plan.image.base,
        downloads=plan.image.downloads,
        repository=plan.address.image_repository(target.registry.repository),
        user=target.registry.username,
        index=None,
        builder=target.builder.name,
    )
