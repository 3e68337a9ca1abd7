"""Runs Docker Buildx, tells what it does and says why it failed."""

import asyncio
import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from endpoints.buildx.command_line import METADATA, build_command
from endpoints.buildx.environment import prepared
from endpoints.buildx.errors import BuildxError
from endpoints.buildx.inputs import ImageInputs
from endpoints.buildx.program import find_buildx
from endpoints.resource_plugin.reporting import Reporter

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
    await reporter.warning(f"it cannot be told whether {reference} is still in its registry: {text}")
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
    """End a process that still runs, since nobody waits for it any more."""
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
        raise BuildxError("Docker Buildx does not tell the digest of the image; update Docker Buildx")
    return digest
