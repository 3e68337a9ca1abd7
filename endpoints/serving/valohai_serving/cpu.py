"""The container's CPU limit."""

from pathlib import Path
from typing import List, Optional

CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Where a container finds its own control group, in either version of the kernel's interface."""


def cpu_limit(group: Path = CONTROL_GROUP) -> Optional[float]:
    """Return the number of CPUs that this container may use, None without a limit or a way to tell.

    Version 2 of the interface has quota and period in one file, as `150000 100000` microseconds, or `max
    100000` without a limit. Version 1, which nodes may still have, has a file for each, and -1 for no limit.
    """
    try:
        if (group / "cpu.max").exists():
            quota, period = _words(group / "cpu.max")
        else:
            (quota,) = _words(group / "cpu/cpu.cfs_quota_us")
            (period,) = _words(group / "cpu/cpu.cfs_period_us")
        limit = int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
    return limit if limit > 0 else None


def _words(path: Path) -> List[str]:
    return path.read_text(encoding="ascii").split()
