"""What a check found."""

from dataclasses import dataclass

from endpoints.errors import Problem


@dataclass(frozen=True)
class Finding:
    """Something about the cluster; `fatal` where the deployment would fail, else advice.

    What is fatal `always` is so whatever the stack's `preflight` says, since an update could do harm.
    """

    problem: Problem
    fatal: bool
    always: bool = False


def error(problem: Problem, *, always: bool = False) -> Finding:
    """Return the finding that a deployment would fail."""
    return Finding(problem, fatal=True, always=always)


def advice(problem: Problem) -> Finding:
    """Return the finding that something may not be as it was meant."""
    return Finding(problem, fatal=False)
