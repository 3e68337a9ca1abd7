"""Reads the files that commands are given."""

import sys
from pathlib import Path

from endpoints.errors import Problem, ProjectError


def read_text(path: Path) -> str:
    """Return a file's text, or the standard input's for `-`; raises ProjectError if it cannot be read."""
    if str(path) == "-":
        return sys.stdin.read()
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ProjectError(Problem(str(path), None, "", "there is no such file")) from None
    except OSError as error:
        raise ProjectError(Problem(str(path), None, "", f"cannot be read: {error.strerror}")) from None
    except UnicodeDecodeError:
        raise ProjectError(Problem(str(path), None, "", "is no text in UTF-8")) from None
