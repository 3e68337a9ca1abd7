"""How long setting up takes: the Python packages, and the embedded cluster, cold and warm."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.series import Series

ROOT = Path(__file__).parents[1]


def measure_warm(runs: int) -> list[Series]:
    """Start and stop a second cluster with everything built: a first start, then starts with state."""
    first = Series("`localcluster up`, all built, no state yet")
    warm = Series("`localcluster up`, all built, state there")
    again = Series("`localcluster up`, everything runs already")
    down = Series("`localcluster down`")
    with _cluster_of_its_own() as environment:
        with first.measured():
            _localcluster("up", environment)
        for _ in range(runs):
            with again.measured():
                _localcluster("up", environment)
            with down.measured():
                _localcluster("down", environment)
            with warm.measured():
                _localcluster("up", environment)
    return [first, warm, again, down]


def measure_cold() -> list[Series]:
    """Set everything up once with empty caches: minutes of compiling."""
    packages = Series("Python packages into a new virtual environment, nothing cached")
    cluster = Series("`localcluster up`, nothing built, nothing cached")
    with tempfile.TemporaryDirectory() as directory:
        with packages.measured():
            _run([sys.executable, "-m", "venv", f"{directory}/venv"], dict(os.environ))
            install = [f"{directory}/venv/bin/pip", "install", "--quiet", "--no-cache-dir"]
            _run([*install, "-r", "requirements-dev.txt"], dict(os.environ))
        with _cluster_of_its_own() as environment:
            empty = {
                "XDG_CACHE_HOME": f"{directory}/cache",
                "GOCACHE": f"{directory}/go-build",
                "GOMODCACHE": f"{directory}/go-modules",
                # Go makes downloaded modules read-only, and the directory must go afterwards.
                "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
            }
            with cluster.measured():
                _localcluster("up", environment | empty)
    return [packages, cluster]


@contextmanager
def _cluster_of_its_own() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "LOCALCLUSTER_STATE": f"{directory}/state"}
        try:
            yield environment
        finally:
            _run([sys.executable, "-m", "localcluster", "down", "--purge"], environment)


def _localcluster(command: str, environment: dict[str, str]) -> None:
    _run([sys.executable, "-m", "localcluster", command], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
