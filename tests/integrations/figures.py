"""What the tests measured, for people: no assertion depends on it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Lines for the end of the run, in the order in which they were taken."""

    lines: list[str] = field(default_factory=list)

    def tell(self, what: str, seconds: float) -> None:
        self.lines.append(f"{what}: {seconds:.1f} s")

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Tell how long the block took, unless it fails."""
        started = time.monotonic()
        yield
        self.tell(what, time.monotonic() - started)
