"""Reads one secret of a stack, where a command cannot do without it."""

import shutil
import subprocess
from pathlib import Path

from endpoints.errors import ProjectError


def read_secret(stack: str, root: Path, namespace: str, name: str) -> str:
    """Return an entry of the stack's `secrets` in plain; it must not be shown.

    Raises ProjectError where Pulumi is missing or does not decrypt it, for want of a passphrase say.
    """
    if shutil.which("pulumi") is None:
        raise ProjectError(f"pulumi is not on PATH, and only it can decrypt the secret {name} of {stack}")
    done = subprocess.run(
        ["pulumi", "config", "get", "--path", f'{namespace}:secrets["{name}"]', "--stack", stack],
        cwd=root,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise ProjectError(f"{stack}: pulumi cannot tell the secret {name}: {done.stderr.strip()}")
    return done.stdout
