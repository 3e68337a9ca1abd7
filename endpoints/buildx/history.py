"""Reads from a builder what it has printed, for plugins that pass on only the exit status of a failed step.

https://docs.docker.com/reference/cli/docker/buildx/history/
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from endpoints.buildx.build import find_buildx
from endpoints.buildx.inputs import BuildxError

_SECONDS = 10


def output_of_failed_step(
    error: str, context: Path, builder: str | None, environment: Mapping[str, str]
) -> str:
    """Return the last lines of the step that failed with `error` in the newest build of `context`.

    `builder` is None for the current one. Returns "" where Buildx or its history is not there, or has no such
    build: a build fails as well without this.
    """
    if "did not complete successfully" not in error:
        return ""
    try:
        buildx = str(find_buildx(environment))
        failed = _run(
            [buildx, "history", "ls", "--no-trunc", "--filter=status=error", "--format=json"],
            builder,
            environment,
        )
        records = [json.loads(line) for line in failed.splitlines()]
        for record in sorted(records, key=lambda one: str(one["created_at"]), reverse=True):
            if record["name"] != context.name:
                continue
            # `ls` puts the names of builder and node before it, `inspect` does not take them.
            reference = record["ref"].rpartition("/")[2]
            shown = _run([buildx, "history", "inspect", reference, "--format=json"], builder, environment)
            ended: Mapping[str, Any] = json.loads(shown).get("Error", {})
            if "Message" in ended and ended["Message"] in error:
                return "\n".join(ended.get("Logs", ()))
    except (BuildxError, OSError, subprocess.SubprocessError, ValueError, KeyError):
        pass
    return ""


def _run(command: list[str], builder: str | None, environment: Mapping[str, str]) -> str:
    chosen = [] if builder is None else [f"--builder={builder}"]
    done = subprocess.run(
        [*command, *chosen],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    return done.stdout
