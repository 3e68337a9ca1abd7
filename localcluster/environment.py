"""Shell variables by which tools reach the embedded cluster and the Pulumi engine that goes with it."""

import json
import os
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from localcluster.layout import Layout
from localcluster.plan import Programs


def environment(layout: Layout, programs: Programs, path: str = os.environ.get("PATH", "")) -> dict[str, str]:
    """Give every variable; what the engine's set-up has decided (plugins, their home) is read from where `up` left it."""
    # The virtual environment comes first: an older language host runs whichever `python` it finds.
    directories = [str(Path(sys.executable).parent), *(str(directory) for directory in programs.search_path)]
    rest = [entry for entry in path.split(":") if entry and entry not in directories]
    variables = {
        "KUBECONFIG": str(layout.kubeconfig),
        "BUILDX_CONFIG": str(layout.buildx),
        "DOCKER_BUILDKIT": "1",
        "LOCALCLUSTER_CONNECTION": str(layout.connection),
        "PULUMI_HOME": str(pulumi_home(layout)),
        "PULUMI_BACKEND_URL": f"file://{layout.state}/pulumi-state",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase_file(layout)),
        "PATH": ":".join([*directories, *rest]),
    }
    return {**variables, **read_engine_variables(layout)}


def export_lines(variables: Mapping[str, str]) -> str:
    """Render variables so that `eval "$(python -m localcluster env)"` sets them in any POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items()))


def prepare_local_state(layout: Layout) -> None:
    """Make what the engine needs to keep its state in this clone: its directory, and a passphrase that nobody must remember."""
    (layout.state / "pulumi-state").mkdir(parents=True, exist_ok=True)
    path = _passphrase_file(layout)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))


def write_engine_variables(layout: Layout, variables: Mapping[str, str]) -> None:
    """Keep what the engine's set-up has decided, for `env`."""
    _engine_file(layout).write_text(json.dumps(dict(variables), indent=1))


def read_engine_variables(layout: Layout) -> dict[str, str]:
    """Give what the engine's set-up has decided; empty before the first `up`."""
    path = _engine_file(layout)
    return {name: str(value) for name, value in json.loads(path.read_text()).items()} if path.exists() else {}


def pulumi_home(layout: Layout) -> Path:
    """Where the engine keeps its plugins."""
    return layout.state / "pulumi-home"


def _engine_file(layout: Layout) -> Path:
    return layout.state / "engine.json"


def _passphrase_file(layout: Layout) -> Path:
    return layout.state / "pulumi-passphrase"
