"""The container's CPU limit."""

from pathlib import Path
from typing import Optional

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period in microseconds, as cgroup v2 has it: `150000 100000`, or `max 100000` without a limit."""


def cpu_limit(path: Path = CPU_MAX) -> Optional[float]:
    """Return the number of CPUs that this container may use, None without a limit or a way to tell."""
    try:
        quota, period = path.read_text(encoding="ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError):
        return None
