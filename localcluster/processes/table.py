"""What /proc tells about a process: whether it is still the one that was started.

psutil offers no identity that can be kept in a file: its `create_time()` moves when the machine's clock is
set, and the pid alone is reused.
"""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessIdentity:
    """A process that no other can be mistaken for.

    A pid alone is reused, sometimes within seconds; a pid together with its start (in clock ticks since boot)
    and the boot's own identifier is not.
    """

    pid: int
    start_ticks: int
    boot: str


def boot_identifier(proc: Path = PROC) -> str:
    """Give the kernel's random identifier of this boot of the machine."""
    return (proc / "sys/kernel/random/boot_id").read_text().strip()


def identify(pid: int, proc: Path = PROC) -> ProcessIdentity | None:
    """Identify a running process.

    None when there is none, or only its entry as a zombie.
    """
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name stands in parentheses and may itself hold spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, threads = fields[0], int(fields[17])
    # While other threads are still ending, the process holds its ports although its first thread is dead.
    if state in "ZX" and threads <= 1:
        return None
    return ProcessIdentity(pid, int(fields[19]), boot_identifier(proc))


def is_running(process: ProcessIdentity, proc: Path = PROC) -> bool:
    """Tell whether this very process still runs."""
    return identify(process.pid, proc) == process


def uptime_seconds(process: ProcessIdentity, proc: Path = PROC) -> float:
    """Seconds that the process has been running."""
    since_boot = float((proc / "uptime").read_text().split()[0])
    return max(0.0, since_boot - process.start_ticks / os.sysconf("SC_CLK_TCK"))


def command_line(pid: int, proc: Path = PROC) -> str:
    """Give the command line of a process, or its name when it has none, or an empty text when it is gone."""
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        return b" ".join(words).decode(errors="replace") or (proc / str(pid) / "comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def end(process: ProcessIdentity, grace_seconds: float) -> None:
    """Ask the process to end, wait, and kill it when it has not ended in time; return when it is gone."""
    for signal_number, patience in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, 10.0)):
        if not is_running(process):
            return
        try:
            os.kill(process.pid, signal_number)
        except ProcessLookupError:
            return
        if wait_for_end(process, patience):
            return


def wait_for_end(process: ProcessIdentity, patience_seconds: float) -> bool:
    """Wait until the process has ended; False when it still runs after `patience_seconds`."""
    deadline = time.monotonic() + patience_seconds
    while is_running(process):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True
