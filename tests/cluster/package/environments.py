"""Virtual environments as a team makes them, filled from this one in place of an index."""

import importlib.metadata
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

PACKAGE = "valohai-endpoints"


def make_environment(directory: Path, dependencies: list[str]) -> None:
    """Make a virtual environment with pip, these packages and all that they need, and with nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory], check=True)
    (site_packages,) = directory.glob("lib/python*/site-packages")
    own = Path(sysconfig.get_path("purelib"))
    for name in sorted(_with_all_they_need(["pip", *dependencies])):
        for file in importlib.metadata.distribution(name).files or ():
            # What is not below are programs of this environment.
            if ".." in file.parts or file.suffix == ".pyc":
                continue
            source, target = own / file, site_packages / file
            _copy(source, target)
            # What has been compiled here need not be compiled there.
            if file.suffix == ".py" and (compiled := Path(cache_from_source(source))).exists():
                _copy(compiled, Path(cache_from_source(target)))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def install(environment: Path, requirements: Path) -> None:
    """Install what a project names; what its dependencies are must be there already."""
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--no-index", "--no-compile"]
    command = [*pip, "--requirement", requirements.name]
    done = subprocess.run(command, cwd=requirements.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _with_all_they_need(dependencies: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = [Requirement(dependency).name for dependency in dependencies]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_needed(name))
    return found


def _needed(name: str) -> Iterator[str]:
    for line in importlib.metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name
