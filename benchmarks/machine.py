"""What machine the figures come from."""

import os
import platform
from pathlib import Path


def describe() -> str:
    """Return one line: processor, cores, memory, kernel, load before the measurement."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()},"
        f" load {os.getloadavg()[0]:.2f} at the start"
    )
