"""Property paths as the engine writes them: `spec.containers[0].image`, `metadata.labels["a.b/c"]`."""

import re
from typing import Final

from .quantities import Path

_STEP: Final = re.compile(
    r"""\["(?P<quoted>(?:[^"\\]|\\.)*)"\]   # ["a.b"]
      | \[(?P<index>\d+|\*)\]               # [0] or [*]
      | \.?(?P<key>[^.\[\]"]+)              # key or .key
    """,
    re.VERBOSE,
)


def format_path(path: Path) -> str:
    """Return the path as the engine parses it (`addPatchValueToDiff` in provider.go)."""
    result = ""
    for step in path:
        if isinstance(step, int):
            result += f"[{step}]"
        elif any(character in step for character in '."[]'):
            escaped = step.replace('"', '\\"')
            result += f'["{escaped}"]'
        else:
            result += f".{step}" if result else step
    return result


def parse_path(text: str) -> Path:
    """Return the steps of a path. `[*]` is the step `*`. Raises ValueError for text that is no path."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is no property path: cannot read {text[position:]!r}")
        if match["quoted"] is not None:
            steps.append(match["quoted"].replace('\\"', '"'))
        elif match["index"] is not None:
            steps.append("*" if match["index"] == "*" else int(match["index"]))
        else:
            steps.append(match["key"])
        position = match.end()
    return tuple(steps)


def covers(pattern: Path, path: Path) -> bool:
    """Tell whether `path` is the place that the pattern names, or lies below it; `*` stands for any step."""
    return len(pattern) <= len(path) and all(
        expected in ("*", step) for expected, step in zip(pattern, path, strict=False)
    )
