"""The command that builds and pushes an image.

https://docs.docker.com/reference/cli/docker/buildx/build/
"""

from collections.abc import Iterator
from pathlib import Path

from endpoints.buildx.inputs import ImageInputs

METADATA = "metadata.json"
"""The file, in the directory of a build's secrets, that Buildx writes the pushed digest to."""


def build_command(buildx: Path, inputs: ImageInputs, directory: Path) -> list[str]:
    """Return the command; it reads the Dockerfile from standard input.

    `directory` holds a file for each build secret, named by its id: a secret on the command line, or in a
    variable longer than 128 KiB, would be seen by others or refused.
    """
    return [str(buildx), "build", *_options(inputs, directory), inputs.context]


def attestations(inputs: ImageInputs) -> Iterator[str]:
    """Yield what `--attest` is given; Buildx makes a minimal provenance unless it is told not to."""
    if inputs.sbom:
        yield f"type=sbom,generator={inputs.generator}" if inputs.generator else "type=sbom"
    if inputs.provenance == "none":
        yield "type=provenance,disabled=true"
    else:
        yield f"type=provenance,mode={inputs.provenance}"


def _options(inputs: ImageInputs, directory: Path) -> Iterator[str]:
    yield from ("--file=-", "--push", "--progress=plain", f"--tag={inputs.name}")
    yield f"--metadata-file={directory / METADATA}"
    if inputs.builder is not None:
        yield f"--builder={inputs.builder}"
    for name, location in inputs.named_contexts.items():
        yield f"--build-context={name}={location}"
    for attestation in attestations(inputs):
        yield f"--attest={attestation}"
    if inputs.platforms:
        yield f"--platform={','.join(inputs.platforms)}"
    if inputs.cache is not None:
        yield f"--cache-from=type=registry,ref={inputs.cache}"
        # Amazon ECR takes it as an image only; one that cannot be written costs time and no deployment.
        options = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
        yield f"--cache-to=type=registry,ref={inputs.cache},{options}"
    for name in inputs.secrets:
        yield f"--secret=id={name},src={directory / name}"
