"""Start components, recognise those that run already, and end them."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.commands import LIMIT_SECONDS
from localcluster.errors import ClusterError
from localcluster.layout import Layout
from localcluster.node.namespaces import NODE_KINDS
from localcluster.processes.components import Component, Place
from localcluster.processes.records import ProcessRecord, read_records, remove_record, write_record
from localcluster.processes.table import end, identify, is_running

PLAIN_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
LOG_LINES_SHOWN = 15
START_MARK = "--- started by localcluster at "
LOG_BYTES_KEPT = 10 * 1024**2
"""A log of at least this size is set aside (as NAME.log.1) when its component is started again."""


class Launcher:
    """Starts and ends the processes of one cluster."""

    def __init__(self, layout: Layout, progress: Progress) -> None:
        self._layout = layout
        self._progress = progress

    def running(self) -> dict[str, ProcessRecord]:
        """Give the records of the processes that still run."""
        return {
            name: record
            for name, record in read_records(self._layout.runtime).items()
            if is_running(record.process)
        }

    def pid(self, name: str) -> int | None:
        """Give the process id of a component, None when it does not run."""
        record = read_records(self._layout.runtime).get(name)
        return record.process.pid if record and is_running(record.process) else None

    def ensure(self, component: Component) -> None:
        """Start the component unless it runs as it should, and wait until it does its work.

        Raises ClusterError, with the end of the log, when it ends by itself or is not ready in time.
        """
        record = self.running().get(component.name)
        if record is not None and record.fingerprint != component.fingerprint:
            self._progress.say(f"{component.name}: settings have changed, restarting")
            self.stop(component.name, component.grace_seconds)
            record = None
        # One that was killed a moment ago may still be counted as running, and end only now.
        if record is not None and self._gets_ready(component, record):
            return
        started = self._progress.elapsed
        if not self._gets_ready(component, self._start(component)):
            remove_record(self._layout.runtime, component.name)
            raise self._failure(component, "ended right after its start")
        self._progress.say(f"{component.name}: ready after {self._progress.elapsed - started:.1f} s")

    def stop(self, name: str, grace_seconds: float) -> None:
        """End a component and forget it; nothing happens when it does not run."""
        if record := self.running().get(name):
            end(record.process, grace_seconds)
        remove_record(self._layout.runtime, name)

    def log_path(self, name: str) -> Path:
        """Where a component's output goes."""
        return self._layout.logs / f"{name}.log"

    def _start(self, component: Component) -> ProcessRecord:
        for path, text in component.configuration.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for path in component.leftovers:
            path.unlink(missing_ok=True)
        log_path = self.log_path(component.name)
        if log_path.exists() and log_path.stat().st_size >= LOG_BYTES_KEPT:
            shutil.move(log_path, log_path.with_suffix(".log.1"))
        with log_path.open("a") as log:
            log.write(f"{START_MARK}{time.strftime('%Y-%m-%d %H:%M:%S %z')}\n")
            log.flush()
            pid = self._spawn(component, log.fileno())
        process = identify(pid)
        if process is None:
            raise self._failure(component, "ended right after its start")
        record = ProcessRecord(process, component.fingerprint)
        write_record(self._layout.runtime, component.name, record)
        return record

    def _spawn(self, component: Component, log: int) -> int:
        match component.place:
            case Place.MACHINE:
                how = ["create", ""]
            case Place.NEW_NODE:
                how = ["create", ",".join(NODE_KINDS)]
            case Place.OWN_MOUNTS:
                how = ["create", "mnt,pid"]
            case Place.NODE:
                how = ["join", str(self.pid("node"))]
        script = Path(__file__).parents[1] / "node/namespaces.py"
        try:
            launched = subprocess.run(
                [sys.executable, "-I", "-S", str(script), *how, "--", *component.command],
                env=component.environment or PLAIN_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
                timeout=LIMIT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise self._failure(component, f"could not be started within {LIMIT_SECONDS:g} s") from None
        if launched.returncode != 0:
            raise self._failure(component, "could not be started")
        return int(launched.stdout)

    def _gets_ready(self, component: Component, record: ProcessRecord) -> bool:
        """Wait until the component does its work; False when its process has ended instead."""
        deadline = time.monotonic() + component.patience_seconds
        while not component.is_ready():
            if not is_running(record.process):
                return False
            if time.monotonic() > deadline:
                raise self._failure(
                    component, f"is running but not ready after {component.patience_seconds:.0f} s"
                )
            time.sleep(0.05)
        return True

    def _failure(self, component: Component, what: str) -> ClusterError:
        path = self.log_path(component.name)
        since_start = path.read_text(errors="replace").rpartition(START_MARK)[2]
        lines = since_start.splitlines()[1:][-LOG_LINES_SHOWN:]
        shown = "\n".join(f"  {line[:400]}" for line in lines)
        return ClusterError(f"{component.name} {what}. The end of {path}:\n{shown}")
