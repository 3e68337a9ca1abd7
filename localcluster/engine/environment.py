"""Shell variables by which tools reach the embedded cluster and the Pulumi engine that goes with it."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from localcluster.atomic_write import write_atomically
from localcluster.layout import Layout
from localcluster.plan import Programs

PASSPHRASE = "localcluster"
"""Passphrase of stacks whose state is only on this machine. It is no secret, and no secret belongs into such
a stack.

The engine keeps the salt of a stack's passphrase in its stack file: with a passphrase of each clone's own,
the committed stack `local` would differ in every clone, and could not be used again after `down --purge`.
"""

WITHOUT_SIDECARS = "metadata=skip"
"""Option of the address of a state in files: it is written without a second file of attributes for each.

An engine that is killed between making and filling that one leaves an empty one behind, and the state cannot
be read any more ("failed to load checkpoint: EOF"). https://pkg.go.dev/gocloud.dev/blob/fileblob
"""


@dataclass(frozen=True)
class EngineSettings:
    """What the engine's set-up has decided: its variables, and the directory with the CLI to use."""

    variables: Mapping[str, str]
    program_directory: str


def environment(layout: Layout, programs: Programs, path: str | None = None) -> dict[str, str]:
    """Give every variable. `path` is what PATH is so far; None means this process's own.

    What the engine's set-up has decided (plugins, their home) is read from where `up` left it.
    """
    engine = read_engine_settings(layout)
    # The virtual environment comes first: an older language host runs whichever `python` it finds.
    directories = [
        str(Path(sys.executable).parent),
        *([engine.program_directory] if engine else []),
        *(str(directory) for directory in programs.search_path),
    ]
    path = os.environ.get("PATH", "") if path is None else path
    rest = [entry for entry in path.split(":") if entry and entry not in directories]
    variables = {
        "KUBECONFIG": str(layout.kubeconfig),
        "BUILDX_CONFIG": str(layout.buildx),
        "DOCKER_BUILDKIT": "1",
        "LOCALCLUSTER_CONNECTION": str(layout.connection),
        "PULUMI_HOME": str(pulumi_home(layout)),
        "PULUMI_BACKEND_URL": f"file://{layout.state}/pulumi-state?{WITHOUT_SIDECARS}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase_file(layout)),
        "PATH": ":".join([*directories, *rest]),
    }
    return {**variables, **(engine.variables if engine else {})}


def export_lines(variables: Mapping[str, str]) -> str:
    """Render variables so that `eval "$(python -m localcluster env)"` sets them in any POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items()))


def prepare_local_state(layout: Layout) -> None:
    """Make the directory of the engine's state in this clone, and the file with its passphrase."""
    (layout.state / "pulumi-state").mkdir(parents=True, exist_ok=True)
    _passphrase_file(layout).write_text(PASSPHRASE)


def write_engine_settings(layout: Layout, settings: EngineSettings) -> None:
    """Keep what the engine's set-up has decided, for `env`."""
    write_atomically(_engine_file(layout), json.dumps(asdict(settings), indent=1))


def read_engine_settings(layout: Layout) -> EngineSettings | None:
    """Give what the engine's set-up has decided; None before the first `up`."""
    path = _engine_file(layout)
    return EngineSettings(**json.loads(path.read_text())) if path.exists() else None


def pulumi_home(layout: Layout) -> Path:
    """Where the engine keeps its plugins."""
    return layout.state / "pulumi-home"


def _engine_file(layout: Layout) -> Path:
    return layout.state / "engine.json"


def _passphrase_file(layout: Layout) -> Path:
    return layout.state / "pulumi-passphrase"
