"""What a stack requests and costs, in numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from endpoints.report.models import Report


@dataclass(frozen=True)
class Figure:
    """One line of the capacity table."""

    name: str
    before: str
    after: str
    difference: str


def figures(report: Report) -> Iterator[Figure]:
    """Yield what is requested and what it costs, where it changes."""
    before, after = report.before, report.after
    for word, old, new in (("always", before.always, after.always), ("at most", before.most, after.most)):
        if old.cpu != new.cpu:
            yield Figure(f"CPU {word}", number(old.cpu), number(new.cpu), _signed(new.cpu - old.cpu, number))
        if old.memory != new.memory:
            yield Figure(
                f"Memory {word}",
                memory(old.memory),
                memory(new.memory),
                _signed(new.memory - old.memory, memory),
            )
    if report.cost is not None:
        for word, (old_cost, new_cost) in (("always", report.cost.always), ("at most", report.cost.most)):
            if old_cost != new_cost:
                unit = report.cost.currency
                yield Figure(
                    f"{unit} a month {word}",
                    f"{old_cost:.2f}",
                    f"{new_cost:.2f}",
                    _signed(new_cost - old_cost, lambda value: f"{value:.2f}"),
                )


def quota_lines(report: Report) -> Iterator[str]:
    """Yield a sentence for each namespace with a quota; what is above it is marked."""
    for use in report.namespaces:
        parts = []
        for name, share in use.shares.items():
            write = memory if name.endswith("memory") else number
            mark = "⚠️ " if share.most[1] > share.hard else ""
            always, most = _with_difference(share.always, write), _with_difference(share.most, write)
            parts.append(f"{mark}{name} {always} always, {most} at most, of {write(share.hard)}")
        if use.limits:
            parts.append(", ".join(use.limits))
        if parts:
            yield f"{use.namespace}: {'; '.join(parts)}"


def _with_difference(values: tuple[Decimal, Decimal], write: Callable[[Decimal], str]) -> str:
    before, after = values
    return write(after) if before == after else f"{write(after)} ({_signed(after - before, write)})"


def number(value: Decimal) -> str:
    """Write a number in plain digits, without superfluous zeros."""
    return f"{value.normalize():f}" if value else "0"


def memory(value: Decimal) -> str:
    """Write bytes in MB or GB, as valohai.yaml counts: 10^6 and 10^9."""
    if abs(value) >= 10**9:
        return f"{number(round(value / 10**9, 2))} GB"
    return f"{number(round(value / 10**6, 1))} MB"


def _signed(value: Decimal, write: Callable[[Decimal], str]) -> str:
    return f"{'+' if value > 0 else '-'}{write(abs(value))}"
