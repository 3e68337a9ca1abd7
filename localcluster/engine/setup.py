"""Setting up the Pulumi engine of one clone: the CLI, its Python language host and the two resource plugins.

All are the official ones: downloaded where that is possible, else built from their Go modules by tools/.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.engine.environment import EngineSettings, pulumi_home, write_engine_settings
from localcluster.engine.plugins import ensure_plugin
from localcluster.engine.programs import ensure_programs
from localcluster.layout import Layout
from localcluster.plan import Programs
from localcluster.programs.go import module_versions

KUBERNETES_MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
"""The Go module of the Kubernetes plugin."""


def ensure_engine(layout: Layout, programs: Programs, progress: Progress) -> None:
    """Set the engine up with the built programs, and keep for `env` what it needs."""
    modules = module_versions((programs.groups["engine"].directory / "go.mod").read_text())
    settings = prepare(
        pulumi_home(layout),
        programs.search_path,
        Path(sys.executable),
        progress.say,
        modules[KUBERNETES_MODULE],
    )
    write_engine_settings(layout, settings)


def prepare(
    pulumi_home: Path,
    tool_directories: list[Path],
    python: Path,
    report: Callable[[str], None],
    kubernetes_module: str,
    search_path: str | None = None,
) -> EngineSettings:
    """Set up the engine in `pulumi_home`; does nothing, in a few milliseconds, when all is in place.

    `tool_directories` are searched for the programs built from tools/, `python` is the interpreter of the
    virtual environment with the SDKs, `report` takes one line on which Kubernetes plugin is used,
    `kubernetes_module` is the version of the module that a built one comes from, and `search_path` is where
    an official CLI may be: None means this process's PATH. Raises EngineSetupError naming what is missing.
    """
    pulumi_home.mkdir(parents=True, exist_ok=True)
    found_by = os.environ.get("PATH", "") if search_path is None else search_path
    programs = ensure_programs(pulumi_home / "bin", tool_directories, found_by)
    kubernetes, _ = (
        ensure_plugin(name, pulumi_home, tool_directories, programs.pulumi, python)
        for name in ("kubernetes", "docker-build")
    )
    if kubernetes.is_downloaded:
        report(f"Kubernetes plugin: {kubernetes.version}, downloaded")
    else:
        report(
            f"Kubernetes plugin: built from its Go module, {kubernetes_module}, because "
            f"{kubernetes.version} cannot be downloaded; the next download is tried after a day"
        )
    return EngineSettings(
        variables={
            "PULUMI_HOME": str(pulumi_home),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Plugins are taken from PULUMI_HOME only: one that lies on PATH wins otherwise, with a warning
            # each time.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        },
        program_directory=str(pulumi_home / "bin"),
    )
