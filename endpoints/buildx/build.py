"""Runs Docker Buildx, tells what it does and says why it failed."""

import asyncio
import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from endpoints.buildx.inputs import BuildxError, ImageInputs, prepared
from endpoints.buildx.reporting import Reporter
from endpoints.image.docker_login import configuration_directory

PLUGIN_DIRECTORIES = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where Docker looks for plugins beside a user's own (cli-plugins/manager/manager_unix.go of docker/cli)."""


def find_buildx(environment: Mapping[str, str]) -> Path:
    """Return the program: Docker's plugin, or one that stands alone on PATH; it runs without Docker's own.

    Raises BuildxError where there is none.
    """
    directories = [configuration_directory(environment) / "cli-plugins", *map(Path, PLUGIN_DIRECTORIES)]
    for directory in directories:
        program = directory / "docker-buildx"
        if os.access(program, os.X_OK):
            return program
    for name in ("buildx", "docker-buildx"):
        if found := shutil.which(name, path=environment.get("PATH")):
            return Path(found)
    raise BuildxError(
        "Docker Buildx is not installed on this machine, but is needed to build images with "
        "attestations; install it (https://docs.docker.com/build/install-buildx/), or remove "
        "attestations of the stack's builder"
    )


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
    if inputs.ssh:
        yield "--ssh=default"
    for name in inputs.secrets:
        yield f"--secret=id={name},src={directory / name}"


_STEP = re.compile(r"#\d+ (\[.*|exporting to image|generating sbom .*|\S+/\S+ generating sbom .*)")
"""How BuildKit's plain progress begins a step that is worth telling."""

_LINE_BYTES = 1024 * 1024
"""The longest line of output that is read; compilers write long ones."""

_KEPT_LINES = 1000
"""So much of the output is kept for the error; the end says why."""

_END_SECONDS = 10
"""How long Buildx may take to end when it is asked to."""


async def build(inputs: ImageInputs, environment: Mapping[str, str], reporter: Reporter) -> str:
    """Build and push the image, and return the digest that it was pushed by.

    Runs in the directory of Pulumi.yaml, which contexts are relative to. A build that is cancelled ends.
    Raises BuildxError with Buildx's own words.
    """
    buildx = find_buildx(environment)
    with prepared(inputs, environment) as (directory, variables):
        command = build_command(buildx, inputs, directory)
        status, lines = await _run(command, variables, reporter, inputs.dockerfile)
        if status != 0:
            raise BuildxError(failure_in(lines))
        return _pushed_digest(directory / METADATA)


async def is_pushed(
    reference: str, inputs: ImageInputs, environment: Mapping[str, str], reporter: Reporter
) -> bool:
    """Tell whether a registry has an image; one that does not answer is reported and counts as having it."""
    buildx = find_buildx(environment)
    with prepared(inputs, environment) as (_, variables):
        command = [str(buildx), "imagetools", "inspect", "--raw", reference]
        if inputs.builder is not None:
            command.append(f"--builder={inputs.builder}")
        status, lines = await _run(command, variables, reporter)
    if status == 0:
        return True
    text = failure_in(lines)
    if text.endswith(": not found"):
        return False
    await reporter.warning(f"cannot check whether {reference} is still in its registry: {text}")
    return True


def failure_in(lines: list[str]) -> str:
    """Return what plain progress says of why a build failed: the error, and the failed step's own output.

    Buildx prints the step between lines of dashes, and the error last.
    """
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    if not errors:
        return "\n".join(lines[-20:])
    step = lines[lines.index("------") :] if "------" in lines else []
    return "\n".join([errors[-1], *(line for line in step if not line.startswith("ERROR: "))])


async def _run(
    command: list[str], variables: Mapping[str, str], reporter: Reporter, standard_input: str = ""
) -> tuple[int, list[str]]:
    """Run a command, telling the steps of a build, and return its exit status and the end of its output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=variables,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=_LINE_BYTES,
    )
    assert process.stdin is not None and process.stdout is not None
    lines: list[str] = []
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its output says why
            process.stdin.write(standard_input.encode())
            await process.stdin.drain()
        process.stdin.close()
        async for line in process.stdout:
            lines.append(line.decode(errors="replace").rstrip())
            del lines[:-_KEPT_LINES]
            if step := _STEP.match(lines[-1]):
                await reporter.status(step[1])
        return await process.wait(), [reporter.redacted(line) for line in lines]
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop a process that is still running, because its result is no longer needed."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _pushed_digest(file: Path) -> str:
    digest = json.loads(file.read_text(encoding="utf-8")).get("containerimage.digest")
    if not isinstance(digest, str):
        raise BuildxError("Docker Buildx does not report the digest of the image; update Docker Buildx")
    return digest
