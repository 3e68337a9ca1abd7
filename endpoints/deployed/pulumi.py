"""Asks Pulumi's command line what it knows of a stack."""

import subprocess
from pathlib import Path

from endpoints.errors import ProjectError

LIMIT_SECONDS = 120.0
"""How long Pulumi may take to read a stack's state or one setting of it.

It tries several times to reach where the state is, with growing pauses. Whoever waits for longer is better
told so: a store behind a VPN that is down never answers.
"""


def ask_pulumi(stack: str, root: Path, subject: str, *arguments: str) -> str:
    """Return what `pulumi ARGUMENTS` prints of a stack of the project in `root`.

    `subject` is what it tells, for messages. Nobody is there to answer a question. Raises ProjectError where
    Pulumi is missing, fails, or takes longer than the limit.
    """
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", stack, "--non-interactive"],
            cwd=root,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_SECONDS,
        )
    except FileNotFoundError:
        raise ProjectError(f"{stack}: pulumi, which knows {subject}, is not on PATH; install it") from None
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{stack}: pulumi has not told {subject} within {LIMIT_SECONDS:g} s; see that this machine "
            "reaches where the state is: `pulumi whoami --verbose` tells where that is"
        ) from None
    if done.returncode != 0:
        raise ProjectError(f"{stack}: pulumi cannot tell {subject}: {done.stderr.strip()}")
    return done.stdout
