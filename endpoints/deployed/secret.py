"""Reads one secret of a stack, where a command cannot do without it."""

import shutil
from pathlib import Path

from endpoints.deployed.pulumi import ask_pulumi
from endpoints.errors import ProjectError


def read_secret(stack: str, root: Path, namespace: str, name: str) -> str:
    """Return an entry of the stack's `secrets` in plain; it must not be shown.

    Raises ProjectError where Pulumi is missing or does not decrypt it, for want of a passphrase say.
    """
    if shutil.which("pulumi") is None:
        raise ProjectError(f"pulumi is not on PATH, and only it can decrypt the secret {name} of {stack}")
    path = f'{namespace}:secrets["{name}"]'
    return ask_pulumi(stack, root, f"the secret {name}", "config", "get", "--path", path)
