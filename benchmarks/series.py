"""Times that were measured, and how they are shown."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Series:
    """Repeated measurements, in seconds, of one piece of work."""

    name: str
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure the block and add its time; a block that fails adds none."""
        started = time.monotonic()
        yield
        self.seconds.append(time.monotonic() - started)

    def row(self) -> str:
        """Return a row of a Markdown table: median, spread, number of runs."""
        if not self.seconds:
            return f"| {self.name} | not measured | | 0 |"
        median = statistics.median(self.seconds)
        spread = f"{min(self.seconds):.1f} - {max(self.seconds):.1f}"
        return f"| {self.name} | {median:.1f} s | {spread} | {len(self.seconds)} |"


def table(series: list[Series]) -> str:
    """Return a Markdown table of all series."""
    rows = [one.row() for one in series]
    return "\n".join(["| work | median | spread (s) | runs |", "| --- | --- | --- | --- |", *rows])
