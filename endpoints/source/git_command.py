"""Runs git's command line: without a shell, without questions, and not for ever."""

import os
import shlex
import subprocess
from pathlib import Path

from endpoints.errors import ProjectError

_GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""Set inside git hooks, where they would point every command at another repository."""

LOCAL_LIMIT_SECONDS = 300.0
"""How long git may take for what is on this machine: enough for large work trees on slow disks.

What takes longer waits for something that does not come, such as a file system of a network that is down.
"""
TRANSFER_LIMIT_SECONDS = 3600.0
"""How long a clone or a fetch may take, which large repositories take long for."""
_STALLED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "60"}
"""Ends a transfer by HTTP that stands still for a minute, in bytes per second and seconds."""


def run_git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git on what is on this machine; raises ProjectError where that does not end."""
    try:
        return _git(directory, arguments, LOCAL_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{directory}: `{shlex.join(('git', *arguments))}` has not ended within "
            f"{LOCAL_LIMIT_SECONDS:g} s; see that it does there when you run it, and what it waits for"
        ) from None


def transfer(url: str, directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git on a repository elsewhere; raises ProjectError where that does not end."""
    try:
        return _git(directory, arguments, TRANSFER_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{url}: `git {arguments[0]}` has not ended within {TRANSFER_LIMIT_SECONDS:g} s; "
            f"see that `git ls-remote {url}` answers, or clone it and give the directory as the source"
        ) from None


def _git(
    directory: Path, arguments: tuple[str, ...], limit_seconds: float
) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_VARIABLES}
    # Who has said otherwise is right about their own network.
    environment = _STALLED | environment
    # Nobody is there to answer a question about credentials, and messages are looked at in English.
    environment |= {
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=limit_seconds,
    )


def complaint(run: subprocess.CompletedProcess[bytes]) -> str:
    """Return git's reason, with the command that it advises for a repository of another account."""
    lines = run.stderr.decode(errors="replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith("fatal: ")]
    advised = [f"; run: {line.strip()}" for line in lines if "safe.directory" in line]
    return (fatal or lines or [f"git ended with status {run.returncode}"])[0] + "".join(advised[:1])
