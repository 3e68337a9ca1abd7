"""Run a short command of the machine and turn its failure into one readable error."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from localcluster.errors import ClusterError

LIMIT_SECONDS = 120.0
"""How long a command may take that needs nothing but this machine; all of them are short.

What takes longer waits for something that does not come, such as a lock that another program holds.
"""
DOWNLOAD_LIMIT_SECONDS = 1800.0
"""How long a command may take that fetches from the Internet.

The largest fetches are some hundred megabytes, which at 2 Mbit/s take less.
"""


def run(
    command: Sequence[str],
    *,
    standard_input: str | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    limit_seconds: float = LIMIT_SECONDS,
) -> str:
    """Run a command to its end and give its standard output.

    Without an `environment` it has this process's own, without a `directory` it runs in this process's.
    Raises ClusterError with what it wrote when it fails, or has not ended within the limit.
    """
    shown = f"`{' '.join(command)}`" + (f" in {directory}" if directory else "")
    try:
        finished = subprocess.run(
            command,
            input=standard_input,
            env=environment,
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_seconds,
        )
    except FileNotFoundError:
        raise ClusterError(f"the command {command[0]!r} is not installed on this machine") from None
    except subprocess.TimeoutExpired:
        raise ClusterError(
            f"{shown} has not ended within {limit_seconds:g} s; run it yourself to see what it waits for"
        ) from None
    if finished.returncode != 0:
        complaint = (finished.stderr.strip() or finished.stdout.strip())[-2000:]
        raise ClusterError(f"{shown} failed with status {finished.returncode}: {complaint}")
    return finished.stdout
