"""The container image of one endpoint, built by BuildKit and pushed to the deployment's registry."""

import re
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_docker_build as docker_build


class RegistryLoginArgs(TypedDict):
    """Credentials for pushing; without them the machine's own ``docker login`` is used."""

    address: str
    """Host and port of the registry, as in the first segment of the repository."""
    username: str
    """User name that may push."""
    password: pulumi.Input[str]
    """Password or token; always a secret."""


class ExplanationArgs(TypedDict):
    """What to say of a failed build."""

    pattern: str
    """A regular expression; it is searched in what the builder says."""
    text: str
    """A sentence that says what to do."""


class AttestationArgs(TypedDict):
    """What is pushed with the image, to tell of it."""

    sbom: bool
    """Whether a list of what is installed in it is made."""
    generator: NotRequired[str]
    """The image that makes this list; BuildKit's own choice when absent."""
    provenance: str
    """How much is told of what it was built from: ``none``, ``min`` or ``max``."""


class ImageArgs(TypedDict):
    """What to build and where to push it."""

    repository: str
    """Where the image is pushed, without a tag: ``registry.acme.example/ml/acme/digits/predict-digit``."""
    tag: str
    """A readable name for people who browse the registry. Nothing pulls by it: pods name the digest."""
    dockerfile: str
    """The text of the Dockerfile."""
    context: str
    """Directory with the project's code, relative to the directory that holds Pulumi.yaml."""
    named_contexts: dict[str, str]
    """Further directories by the name that ``COPY --from`` uses, relative as ``context`` is."""
    builder: NotRequired[str]
    """Name of the buildx builder; the machine's current one when absent."""
    secrets: NotRequired[dict[str, pulumi.Input[str]]]
    """Build secrets by id. They reach the build's RUN steps only and never a layer."""
    platforms: NotRequired[list[str]]
    """What the image is built for; the builder's own platform when absent."""
    cache: NotRequired[str]
    """Where layers are kept for other builders: a repository with a tag."""
    login: NotRequired[RegistryLoginArgs]
    """Credentials of a private registry."""
    content: NotRequired[str]
    """Digest of what ``context`` holds; an image with attestations needs it."""
    attestations: NotRequired[AttestationArgs]
    """What is pushed with the image, to tell of it; nothing when absent."""
    explanations: list[ExplanationArgs]
    """Of a failed build the first is shown that matches what the builder says, beside its own words."""


def _login(login: RegistryLoginArgs) -> docker_build.RegistryArgsDict:
    return {**login, "password": pulumi.Output.secret(login["password"])}


def _explain_failures(
    name: str, explanations: Sequence[ExplanationArgs], place: pulumi.Resource | None
) -> pulumi.ResourceHookBinding:
    """Show the first explanation that fits if the resource ``name`` fails.

    It is shown at ``place``, for the failed resource itself never gets an address to show it at.
    """

    def show(failure: pulumi.ErrorHookArgs) -> bool:
        for explanation in explanations:
            if re.search(explanation["pattern"], failure.errors[0]):
                pulumi.log.error(f"{name}: {explanation['text']}", place)
                break
        return False  # try it only once

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"explain a failed build of {name}", show)])


def image_options(
    name: str, explanations: Sequence[ExplanationArgs], opts: pulumi.ResourceOptions
) -> pulumi.ResourceOptions:
    """Return the options of an image, whoever builds it: a failed build is explained.

    What was pushed stays when the resource goes: other stacks may run it, and a roll-back needs it.
    """
    own = pulumi.ResourceOptions(
        retain_on_delete=True, hooks=_explain_failures(name, explanations, opts.parent)
    )
    return pulumi.ResourceOptions.merge(opts, own)


def _cache(reference: str) -> docker_build.CacheToArgsDict:
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


def image(name: str, args: ImageArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Declare the image, and return its reference with the pushed digest.

    Builds happen in ``pulumi up`` only: a preview compares content hashes, so that it needs no builder and
    takes no minutes. Changed build secrets (a renewed certificate, say) do not rebuild: they are not part of
    what is built. Deleting the resource leaves the pushed image where it is: other stacks may run the same
    digest, and a roll-back needs it.
    """
    declared = docker_build.Image(
        name,
        push=True,
        build_on_preview=False,
        tags=[f"{args['repository']}:{args['tag']}"],
        dockerfile={"inline": args["dockerfile"]},
        context={
            "location": args["context"],
            "named": {key: {"location": location} for key, location in args["named_contexts"].items()},
        },
        builder={"name": args["builder"]} if "builder" in args else None,
        platforms=[docker_build.Platform(platform) for platform in args.get("platforms", [])] or None,
        cache_from=[{"registry": {"ref": args["cache"]}}] if "cache" in args else None,
        cache_to=[_cache(args["cache"])] if "cache" in args else None,
        secrets={key: pulumi.Output.secret(value) for key, value in args.get("secrets", {}).items()} or None,
        ignore_secrets_in_diff_calculation=sorted(args["secrets"]) if "secrets" in args else None,
        registries=[_login(args["login"])] if "login" in args else None,
        opts=image_options(name, args["explanations"], opts),
    )
    return declared.ref
