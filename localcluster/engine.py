"""Setting up the Pulumi engine of one clone: the CLI, its Python language host and the two resource plugins.

Official programs are preferred wherever they can be had. In a closed network the CLI, the language host and
the docker-build plugin come from tools/, and the Kubernetes plugin is the one of
localcluster/kubernetes_provider.

`python -m localcluster.engine` sets up the engine of this clone and prints what it uses.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcluster.engine_plugins import ensure_docker_build_plugin, ensure_kubernetes_plugin
from localcluster.engine_programs import EngineSetupError, ensure_programs


@dataclass(frozen=True)
class EngineEnvironment:
    """What a shell needs to use the engine."""

    variables: dict[str, str]
    """Environment variables, without PATH."""

    program_directory: Path
    """To be put on PATH after the virtual environment's own directory, before all others."""


def prepare(
    pulumi_home: Path,
    tool_directories: list[Path],
    python: Path,
    report: Callable[[str], None],
    search_path: str | None = None,
) -> EngineEnvironment:
    """Set up the engine in `pulumi_home`; does nothing, in a few milliseconds, when all is in place.

    `tool_directories` are searched for the programs built from tools/, `python` is the interpreter of the
    virtual environment with the SDKs, `report` takes one line on which Kubernetes plugin is used, and
    `search_path` is where an official CLI may be: None means this process's PATH. Raises EngineSetupError
    naming what is missing.
    """
    pulumi_home.mkdir(parents=True, exist_ok=True)
    found_by = os.environ.get("PATH", "") if search_path is None else search_path
    programs = ensure_programs(pulumi_home / "bin", tool_directories, found_by)
    used = ensure_kubernetes_plugin(pulumi_home, programs.pulumi, python)
    ensure_docker_build_plugin(
        pulumi_home, tool_directories, programs.pulumi, python, official=used.is_official
    )
    report(used.sentence)
    return EngineEnvironment(
        variables={
            "PULUMI_HOME": str(pulumi_home),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Plugins are taken from PULUMI_HOME only: one that lies on PATH wins otherwise, with a warning
            # each time.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        },
        program_directory=pulumi_home / "bin",
    )


def main() -> int:
    """Set up the engine of this clone and print what it uses."""
    from localcluster.environment import pulumi_home
    from localcluster.layout import find_layout
    from localcluster.plan import find_programs

    layout = find_layout()
    tools = find_programs(layout).search_path
    try:
        environment = prepare(pulumi_home(layout), tools, Path(sys.executable), print)
    except EngineSetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Pulumi home: {environment.variables['PULUMI_HOME']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
