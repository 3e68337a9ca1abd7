"""How messages speak of values and names."""

import difflib
import json
from collections.abc import Iterable, Sequence

_LONGEST = 60
_SHOWN = 3


def describe(value: object) -> str:
    """Name what was found: kind and value, cut to one short line."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return f"the {type(value).__name__} {value}"


def quote(text: str) -> str:
    """Return `text` in double quotes on one line, control characters escaped, cut after 60 characters."""
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return json.dumps(shown, ensure_ascii=False)


def listing(names: Iterable[str]) -> str:
    """Return names in order, separated by commas."""
    return ", ".join(sorted(names)) or "none"


def counted(count: int, word: str, plural: str = "s") -> str:
    """Return a number and what is counted: `1 alias`, `2 aliases` with the ending `es`."""
    return f"{count} {word}{'' if count == 1 else plural}"


def beginning(names: Sequence[str]) -> str:
    """Return the first three names, separated by commas, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `did you mean X? known: ...`, without the question where nothing is near."""
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1)
    question = f"did you mean {nearest[0]}? " if nearest else ""
    return f"{question}known: {listing(names)}"
