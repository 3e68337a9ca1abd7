"""Mistakes that a user can fix, with their place in a file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake: its place, and a text with what was found, what is allowed and what to do.

    `line` counts from 1; it is None where a file has no such line (a missing file, a value that did not come
    from a file). `key` is the dotted path of the setting, empty where the whole file is meant.
    """

    file: str
    line: int | None
    key: str
    text: str

    @property
    def place(self) -> str:
        """The place as text: `stacks/Pulumi.prod.yaml:5: endpoints:routing.host`."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}" if self.key else place

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ProjectError(Exception):
    """One or more mistakes of the user, found together; `str()` has one line for each."""

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
