"""The words and numbers of a report, which Markdown and HTML share."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from endpoints.report.models import AliasChange, Capacity, EndpointChange, EndpointState, Kind, Mark, Report
from endpoints.report.preview import Operation
from endpoints.report.read import moved
from endpoints.wording import counted


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


@dataclass(frozen=True)
class Row:
    """One line of the table: what happens to an endpoint or alias.

    `url` is empty where nothing answers.
    """

    mark: Mark
    address: str
    url: str
    happens: str
    pods: str
    requests: str
    effect: str


def headline(report: Report) -> str:
    """Return one line that tells everything in short."""
    if report.errors:
        return "the preview failed"
    if not report.has_changes:
        return "nothing changes" + (f" ({counted(len(report.advice), 'warning')})" if report.advice else "")
    destroyed = sum(loss.total for loss in report.losses)
    parts = [f"{counted(destroyed, 'namespace')} destroyed"] if destroyed else []
    parts += _changed_endpoints(report)
    parts += _changed_aliases(report)
    return ", ".join(parts) or "no endpoint or alias changes"


def _changed_endpoints(report: Report) -> Iterator[str]:
    of_kind = Counter(endpoint.kinds[0] for endpoint in report.endpoints)
    for kind, words in (
        (Kind.REMOVED, "removed"),
        (Kind.NEW, "new"),
        (Kind.MOVED, "moved to another cluster"),
        (Kind.IMAGE, "with a new image"),
        (Kind.SETTINGS, "with new settings"),
    ):
        if of_kind[kind]:
            yield f"{counted(of_kind[kind], 'endpoint')} {words}"


def _changed_aliases(report: Report) -> Iterator[str]:
    changed = [alias for alias in report.aliases if alias.has_changes]
    unmoved = [alias for alias in changed if alias.before == alias.after]
    for words, of_kind in (
        ("removed", [alias for alias in changed if not alias.after]),
        ("new", [alias for alias in changed if not alias.before]),
        ("moved", [alias for alias in changed if moved(alias)]),
        ("with new routing", [alias for alias in unmoved if alias.operation is not Operation.REPLACE]),
    ):
        if of_kind:
            yield f"{counted(len(of_kind), 'alias', 'es')} {words}"


def rows(report: Report) -> Iterator[Row]:
    """Yield the table's lines: what is removed first, then by address, aliases last."""
    changed = [endpoint for endpoint in report.endpoints if endpoint.has_changes]
    for endpoint in sorted(changed, key=lambda endpoint: Kind.REMOVED not in endpoint.kinds):
        yield _endpoint_row(endpoint)
    for alias in report.aliases:
        if alias.has_changes:
            yield _alias_row(alias)


def _endpoint_row(endpoint: EndpointChange) -> Row:
    before, after = endpoint.before, endpoint.after
    happens = ", ".join(kind.value for kind in endpoint.kinds)
    if endpoint.details:
        happens += f": {'; '.join(endpoint.details)}"
    return Row(
        endpoint.mark,
        endpoint.address,
        endpoint.url if after else "",
        happens,
        _between(before, after, _pods),
        _between(before, after, lambda state: _capacity(state.requests)),
        _effect(endpoint),
    )


def _alias_row(alias: AliasChange) -> Row:
    if not alias.after:
        happens, effect = "alias removed", "stops answering"
    elif not alias.before:
        happens, effect = f"new alias of {_shares(alias.after)}", "starts to answer"
    elif moved(alias):
        happens = f"alias moved: {_shares(alias.before)} → {_shares(alias.after)}"
        effect = "no restart"
    elif alias.operation is Operation.REPLACE:
        happens, effect = "alias removed with its endpoint", "briefly served by both clusters"
    else:
        happens, effect = "alias gets new routing", "no restart"
    return Row(alias.mark, alias.address, alias.url if alias.after else "", happens, "", "", effect)


def _effect(endpoint: EndpointChange) -> str:
    effect = _effect_on_pods(endpoint)
    return f"{effect}; gets a smoke request" if endpoint.is_asked else effect


def _effect_on_pods(endpoint: EndpointChange) -> str:
    before = endpoint.before
    if endpoint.after is None:
        return "stops answering"
    if before is None:
        return "starts to answer"
    if Kind.MOVED in endpoint.kinds:
        return "briefly served by both clusters"
    if endpoint.is_interrupted:
        return "⚠️ does not answer meanwhile"
    if endpoint.restarts:
        return f"restarts {_pods(before)} {'pod' if before.maximum == 1 else 'pods'}, one after another"
    return "no restart"


def _shares(shares: Mapping[str, int]) -> str:
    if len(shares) == 1:
        return next(iter(shares))
    return ", ".join(f"{version} ({percent} %)" for version, percent in sorted(shares.items()))


def _pods(state: EndpointState) -> str:
    return str(state.minimum) if state.minimum == state.maximum else f"{state.minimum}-{state.maximum}"


def _between(
    before: EndpointState | None, after: EndpointState | None, write: Callable[[EndpointState], str]
) -> str:
    written = dict.fromkeys(write(state) for state in (before, after) if state is not None)
    return " → ".join(written)


def _capacity(capacity: Capacity) -> str:
    return f"{number(capacity.cpu)} CPU, {memory(capacity.memory)}"
