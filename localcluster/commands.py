"""Run a short command of the machine and turn its failure into one readable error."""

import subprocess
from collections.abc import Mapping, Sequence

from localcluster.errors import ClusterError


def run(
    command: Sequence[str], *, standard_input: str | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Run a command to its end and give its standard output.

    Raises ClusterError with what it wrote when it fails.
    """
    try:
        finished = subprocess.run(
            command, input=standard_input, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ClusterError(f"the command {command[0]!r} is not installed on this machine") from None
    if finished.returncode != 0:
        complaint = (finished.stderr.strip() or finished.stdout.strip())[-2000:]
        raise ClusterError(f"`{' '.join(command)}` failed with status {finished.returncode}: {complaint}")
    return finished.stdout
