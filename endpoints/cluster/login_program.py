"""Runs a kubeconfig's login program, and ends it where it never answers.

The client waits for such a program without end, when it connects and whenever the credentials expire. So it
is given this file to run in the program's place, which starts as fast as Python does.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

CANNOT_RUN = "it cannot be run"
"""What is said of a program that is not installed."""

LOGIN_SECONDS = 60.0
"""How long a login program may take: a person may have to confirm a login elsewhere."""


def with_time_limit(program: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
    """Return the `exec` entry of a kubeconfig's user with this file as its command."""
    arguments = [__file__, f"{seconds:g}", program["command"], *(program.get("args") or ())]
    return {**program, "command": sys.executable, "args": ["-I", "-S", *arguments]}


def run(seconds: float, command: Sequence[str]) -> int:
    """Pass on what the program prints, and return its exit code; 1 where it cannot be run or does not end."""
    try:
        # To wait for pipes of one's own, and not for the client's, leaves children of the program out.
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr.isatty() else subprocess.PIPE,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        print(f"it did not answer within {seconds:g} s", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{CANNOT_RUN}: {error.strerror}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(done.stdout)
    sys.stderr.buffer.write(done.stderr or b"")
    return done.returncode


if __name__ == "__main__":
    sys.exit(run(float(sys.argv[1]), sys.argv[2:]))
