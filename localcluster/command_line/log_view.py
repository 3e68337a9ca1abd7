"""Show a component's log."""

import os
import time
from pathlib import Path
from typing import TextIO

from localcluster.errors import ClusterError
from localcluster.layout import Layout

FOLLOW_INTERVAL_SECONDS = 0.2


def find_log(layout: Layout, name: str) -> Path:
    """Find a component's log; raises ClusterError with the known names for an unknown one."""
    path = layout.logs / f"{name}.log"
    known = sorted(entry.stem for entry in layout.logs.glob("*.log"))
    if name not in known:
        raise ClusterError(
            f"no component {name!r} has a log; known: {', '.join(known) or 'none, run `up` first'}"
        )
    return path


def show_log(path: Path, output: TextIO, *, follow: bool) -> None:
    """Write the log out; with `follow`, go on with what is added, until interrupted or the log is removed."""
    with path.open(errors="replace") as log:
        while True:
            for line in log:
                output.write(line)
            output.flush()
            if not follow:
                return
            time.sleep(FOLLOW_INTERVAL_SECONDS)
            try:
                is_same = os.path.samestat(os.fstat(log.fileno()), path.stat())
            except FileNotFoundError:
                return  # `down --purge` has removed it
            if not is_same:
                # The component was restarted and its old log renamed.
                show_log(path, output, follow=True)
                return
