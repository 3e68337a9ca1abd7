"""A report as Markdown, for the comment at a pull request."""

import re
from collections.abc import Iterable, Iterator

from endpoints.report.models import AliasChange, EndpointChange, Loss, Mark, Report
from endpoints.report.wording import Row, figures, headline, quota_lines, rows

_CLASSES = (
    "classDef new stroke:#1a7f37,stroke-width:3px",
    "classDef changed stroke:#bf8700,stroke-width:3px",
    "classDef removed stroke:#cf222e,stroke-width:3px,stroke-dasharray:5",
)


def mermaid(report: Report) -> str:
    """Return the flow chart: deployments lead to versions and aliases, aliases to versions, and these on.

    It holds every deployment in which something changes, whole. It is empty where nothing does.
    """
    touched = {change.deployment for change in report.changes if change.has_changes}
    names = _Names()
    lines = [line for deployment in sorted(touched) for line in _of_deployment(report, deployment, names)]
    return "\n".join(["flowchart LR", *(f"  {line}" for line in (*lines, *_CLASSES))]) if lines else ""


class _Names(dict[str, str]):
    """Names each node by a number, since Mermaid takes neither dots nor slashes."""

    def __missing__(self, path: str) -> str:
        return self.setdefault(path, f"n{len(self) + 1}")


def _of_deployment(report: Report, deployment: str, names: _Names) -> Iterator[str]:
    endpoints = [endpoint for endpoint in report.endpoints if endpoint.deployment == deployment]
    yield f'{names[deployment]}["{deployment}"]'
    for version in sorted({endpoint.version for endpoint in endpoints}):
        path = f"{deployment}/{version}"
        of_version = [endpoint for endpoint in endpoints if endpoint.version == version]
        yield f'{names[deployment]} --> {names[path]}["{version}"]{_common_class(of_version)}'
        for endpoint in of_version:
            node = names[endpoint.address]
            yield f'{names[path]} --> {node}("{endpoint.endpoint}"){_class(endpoint.mark)}'
    aliases = [alias for alias in report.aliases if alias.deployment == deployment]
    yield from _of_aliases(aliases, deployment, names)


def _of_aliases(aliases: Iterable[AliasChange], deployment: str, names: _Names) -> Iterator[str]:
    """Draw an alias once for all endpoints that lead by it to the same versions."""
    alike: dict[tuple[str, tuple[tuple[str, int], ...]], set[Mark]] = {}
    for alias in aliases:
        shares = tuple(sorted((alias.after or alias.before).items()))
        alike.setdefault((alias.version, shares), set()).add(alias.mark)
    for (name, shares), marks in alike.items():
        node = names[f"{deployment}/{name}/{shares}"]
        mark = marks.pop() if len(marks) == 1 else "changed"
        yield f'{names[deployment]} --> {node}{{{{"{name}"}}}}{_class(mark)}'
        for version, percent in shares:
            weight = f"|{percent} %|" if percent != 100 else ""
            yield f"{node} -.->{weight} {names[f'{deployment}/{version}']}"


def _class(mark: Mark) -> str:
    return f":::{mark}" if mark else ""


def _common_class(endpoints: list[EndpointChange]) -> str:
    """Return the class of a version: new or removed where all of its endpoints are."""
    marks = {endpoint.mark for endpoint in endpoints}
    return _class(marks.pop()) if len(marks) == 1 and "changed" not in marks else ""


_COLOURS = {"new": "🟢", "changed": "🟡", "removed": "🔴"}


def as_markdown(report: Report) -> str:
    """Return the report in GitHub's Markdown; it is one line where nothing changes.

    The same preview gives the same text: no times, and everything in an order of its own.
    """
    title = f"**`{report.stack}`**: {headline(report)}"
    if not report.has_changes:
        return f"{title}\n"
    parts = ["\n".join(part) for part in _parts(report)]
    alarm = "⛔ " if any(loss.total for loss in report.losses) else ""
    heading = f"### {alarm}`{report.stack}`: {headline(report)}"
    return "\n\n".join([heading, *(part for part in parts if part)]) + "\n"


def _parts(report: Report) -> Iterator[list[str]]:
    if report.errors:
        errors = "\n".join(f"* {_text(error)}" for error in report.errors)
        yield ["> [!CAUTION]", *_quoted(f"**The preview failed.** Nothing can be deployed:\n{errors}")]
    for loss in report.losses:
        if loss.total:
            yield ["> [!CAUTION]", *_quoted(f"# ⛔ DESTROYS A NAMESPACE\n{loss.text}.")]
    partial = [loss for loss in report.losses if not loss.total]
    if partial:
        yield ["> [!WARNING]", *_quoted(_losses(partial))]
    table = list(rows(report))
    if table:
        yield [
            "| | What happens | Pods | Requests of a pod | Effect |",
            "|---|---|---|---|---|",
            *(_row(row) for row in table),
        ]
    lines = list(figures(report))
    if lines:
        yield [
            "| Whole stack | Before | After | |",
            "|---|--:|--:|--:|",
            *(f"| {line.name} | {line.before} | {line.after} | {line.difference} |" for line in lines),
        ]
    yield [f"* Quota of {line}" for line in quota_lines(report)]
    if report.others:
        yield [f"Also: {', '.join(f'{_text(other)}' for other in report.others)}."]
    yield [f"* ⚠️ {_text(advice)}" for advice in report.advice]
    picture = mermaid(report)
    if picture:
        yield ["<details><summary>Picture</summary>", "", "```mermaid", picture, "```", "</details>"]


def _losses(losses: list[Loss]) -> str:
    if len(losses) == 1:
        return f"**Destroys:** {losses[0].text}."
    return "\n".join(["**Destroys:**", *(f"* {loss.text}" for loss in losses)])


def _row(row: Row) -> str:
    name = f"[`{row.address}`]({row.url})" if row.url.startswith("http") else f"`{row.address}`"
    cells = (name, f"{_COLOURS[row.mark]} {_cell(row.happens)}", row.pods, row.requests, row.effect)
    return f"| {' | '.join(cells)} |"


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines()]


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _text(text: str) -> str:
    """Keep what the program says from being taken for HTML, mentions or emphasis."""
    return re.sub(r"([<>*`@\\]|(?<=\s)_)", r"\\\1", text.replace("\n", " "))
