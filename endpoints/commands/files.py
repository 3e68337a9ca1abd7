"""Reads the files that commands are given."""

import sys
from pathlib import Path

from endpoints.errors import Problem, ProjectError
from endpoints.settings import Settings, load_settings
from endpoints.stack_files import project_name, project_root, read_values


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


def read_stack_file(file: Path) -> Settings:
    """Return what a stack file says, without Pulumi; raises ProjectError with every mistake in it."""
    project = project_name(project_root(file))
    return load_settings(read_values(file, project), file, project)
