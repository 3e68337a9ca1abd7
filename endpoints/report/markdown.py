"""A report as Markdown, for the comment at a pull request."""

import re
from collections.abc import Iterator

from endpoints.report.figures import figures, quota_lines
from endpoints.report.models import Loss, Report
from endpoints.report.picture import mermaid
from endpoints.report.wording import Row, headline, rows

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
        yield [f"Besides: {', '.join(f'{_text(other)}' for other in report.others)}."]
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
