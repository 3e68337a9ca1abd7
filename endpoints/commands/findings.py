"""How the findings of `check` are printed: for people, for programs, and for GitHub's annotations."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from endpoints.errors import Problem
from endpoints.validation import Validation


def as_text(validations: Sequence[Validation]) -> str:
    """Return a line for each problem and each piece of advice, and one for each file without problems."""
    lines = []
    for validation in validations:
        lines += [str(problem) for problem in validation.problems]
        lines += [f"{advice} (advice)" for advice in validation.advice]
        if not validation.problems:
            lines.append(f"{validation.file}: valid{validation.summary and f' ({validation.summary})'}")
    return "".join(f"{line}\n" for line in lines)


def as_json(validations: Sequence[Validation]) -> str:
    """Return `{files: [{file, valid, problems: [{file, line, key, text}], advice: [...]}]}`."""
    files = [
        {
            "file": str(validation.file),
            "valid": not validation.problems,
            "problems": [vars(problem) for problem in validation.problems],
            "advice": [vars(advice) for advice in validation.advice],
        }
        for validation in validations
    ]
    return json.dumps({"files": files}, indent=2, ensure_ascii=False) + "\n"


def as_github(validations: Sequence[Validation]) -> str:
    """Return workflow commands, which GitHub shows at the lines that they are about.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "".join(f"{line}\n" for validation in validations for line in _annotations(validation))


FORMATS: Mapping[str, Callable[[Sequence[Validation]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}
"""The values of `--format`."""


def _annotations(validation: Validation) -> Iterator[str]:
    for level, found in (("error", validation.problems), ("warning", validation.advice)):
        for problem in found:
            file, line, text = _place(validation, problem)
            properties = {"file": file, "line": str(line) if line else "", "title": problem.key}
            given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
            yield f"::{level} {given}::{_escaped(text)}"


def _place(validation: Validation, problem: Problem) -> tuple[str, int | None, str]:
    """Return file, line and text; a file that is not in the working directory is told in the text."""
    here = Path.cwd().resolve()
    path = (validation.root / problem.file).resolve()
    if path.is_file() and path.is_relative_to(here):
        return str(path.relative_to(here)), problem.line, problem.text
    return str(validation.file), None, str(problem)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
