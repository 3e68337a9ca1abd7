"""Names of versions as Valohai gives them: `20261101.0` is the first version of 1 November 2026."""

import re
from collections.abc import Iterable
from datetime import date

_DATED = re.compile(r"(\d{8})\.(\d+)")


def next_version_name(existing: Iterable[str], today: date) -> str:
    """Return `YYYYMMDD.N` for a version made `today`: N is one above the highest of that day, at first 0.

    Valohai counts each deployment's versions apart, so `existing` are the names of one deployment. Names of
    another form are passed over.
    """
    day = today.strftime("%Y%m%d")
    numbers = [int(match[2]) for name in existing if (match := _DATED.fullmatch(name)) and match[1] == day]
    return f"{day}.{max(numbers, default=-1) + 1}"
