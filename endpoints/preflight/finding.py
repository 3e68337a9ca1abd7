"""What a check found."""

from dataclasses import dataclass

from endpoints.errors import Problem


@dataclass(frozen=True)
class Finding:
    """Something about the cluster; `fatal` where the deployment would fail, else advice."""

    problem: Problem
    fatal: bool


def error(problem: Problem) -> Finding:
    """Return the finding that a deployment would fail."""
    return Finding(problem, fatal=True)


def advice(problem: Problem) -> Finding:
    """Return the finding that something may not be as it was meant."""
    return Finding(problem, fatal=False)
