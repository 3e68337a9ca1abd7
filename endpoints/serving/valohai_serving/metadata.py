"""Sees the lines {"vh_metadata": {...}} that an application prints, which pass through unchanged."""

import contextlib
import io
import json
import sys
from typing import Any, Callable

Observe = Callable[[str, float], None]
"""Takes a name and its value."""


def observe_metadata(observe: Observe) -> None:
    """Give `observe` every number in metadata that this process prints from now on.

    Only what Python writes to `sys.stdout`, a line in one piece: as `print(json.dumps(...))` does.
    """
    output = sys.stdout
    if isinstance(output, io.TextIOWrapper):
        sys.stdout = ObservedOutput(output, observe)


class ObservedOutput(io.TextIOWrapper):
    """Writes to where `output` does, and looks at each text."""

    def __init__(self, output: io.TextIOWrapper, observe: Observe) -> None:
        super().__init__(
            output.buffer,
            encoding=output.encoding,
            errors=output.errors,
            line_buffering=output.line_buffering,
            write_through=True,
        )
        # Would close what is written to, if it was forgotten.
        self._output = output
        self._observe = observe

    def write(self, text: str) -> int:
        """Write `text`, of which a search for one word is all that most of it costs."""
        if "vh_metadata" in text:
            # Whatever an application prints, printing must not fail by being watched.
            with contextlib.suppress(Exception):
                for line in text.splitlines():
                    self._observe_line(line)
        return super().write(text)

    def _observe_line(self, line: str) -> None:
        with contextlib.suppress(ValueError):
            printed = json.loads(line)
            values = printed.get("vh_metadata") if isinstance(printed, dict) else None
            for name, value in values.items() if isinstance(values, dict) else ():
                self._observe_value(name, value)

    def _observe_value(self, name: str, value: Any) -> None:
        # Valohai takes numbers as text as well. What is no number has no average.
        with contextlib.suppress(TypeError, ValueError):
            self._observe(name, float(value))
