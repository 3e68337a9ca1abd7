"""The Pulumi engine's set-up as a step of `up`: its plugins, and the variables by which it finds them."""

import sys
from pathlib import Path

from localcluster.engine import prepare
from localcluster.environment import EngineSettings, pulumi_home, write_engine_settings
from localcluster.layout import Layout
from localcluster.plan import Programs
from localcluster.progress import Progress


def ensure_engine(layout: Layout, programs: Programs, progress: Progress) -> None:
    """Set the engine up with the built programs, and keep for `env` what it needs."""
    python = Path(sys.executable)
    engine = prepare(pulumi_home(layout), programs.search_path, python, progress.say)
    write_engine_settings(layout, EngineSettings(engine.variables, str(engine.program_directory)))
