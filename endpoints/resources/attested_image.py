"""The container image of one endpoint with attestations beside it, built by Docker Buildx.

pulumi-docker-build 0.0.22 switches provenance off and cannot ask for an SBOM, so a plugin of this program's
own (``endpoints/buildx``) builds these images, from the same Dockerfile and contexts.
"""

from typing import Any

import pulumi

from endpoints.resources.image import ImageArgs, image_options

TYPE = "buildx:index:Image"
"""The type of the resource; its first part names the plugin in Pulumi.yaml."""


class _Image(pulumi.CustomResource):
    ref: pulumi.Output[str]

    def __init__(self, name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(TYPE, name, {**properties, "ref": None}, opts)


def attested_image(name: str, args: ImageArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Declare the image, and return its reference with the digest of the index of image and attestations.

    What holds for images without attestations holds here: nothing is built in previews, other build secrets
    build nothing again, and the pushed image outlives the resource. A build makes another provenance and so
    another digest each time, so ``content`` decides, and a new commit that changes nothing rolls no pods.
    """
    properties: dict[str, Any] = {
        "repository": args["repository"],
        "tag": args["tag"],
        "dockerfile": args["dockerfile"],
        "context": args["context"],
        "content": args["content"],
        "namedContexts": args["named_contexts"],
        "attestations": args["attestations"],
    }
    for key in ("builder", "platforms", "cache"):
        if key in args:
            properties[key] = args[key]
    if "secrets" in args:
        properties["secrets"] = {key: pulumi.Output.secret(value) for key, value in args["secrets"].items()}
    if "login" in args:
        properties["login"] = {
            **args["login"],
            "password": pulumi.Output.secret(args["login"]["password"]),
        }
    return _Image(name, properties, image_options(name, args["explanations"], opts)).ref
