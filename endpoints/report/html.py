"""A report as one HTML page that needs nothing else: no scripts, no fonts, no network."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from endpoints.report.models import AliasChange, EndpointChange, Report
from endpoints.report.wording import Row, figures, headline, quota_lines, rows

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem }
table { border-collapse: collapse; margin: 1rem 0; width: 100% }
th, td { border: 1px solid #d1d9e0; padding: .4rem .7rem; text-align: left; vertical-align: top }
table.figures { width: auto } table.figures td + td { text-align: right }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
.destroys, .failed { background: #b3261e; color: #fff; padding: 1rem 1.5rem; border-radius: 6px }
.destroys strong { display: block; font-size: 1.8rem }
.loses { border: 2px solid #b3261e; padding: .6rem 1.5rem; border-radius: 6px; margin: 1rem 0 }
.advice { border-left: 4px solid #bf8700; padding-left: 1rem }
.tree ul { border-left: 1px solid #d1d9e0; list-style: none; padding-left: 1.2rem }
body { color: #1f2328 }
.new { color: #116329 } .changed { color: #7d4e00 } .removed { color: #b3261e; text-decoration: line-through }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #f0f6fc }
  .new { color: #3fb950 } .changed { color: #d29922 } .removed { color: #f85149 } a { color: #4493f8 } }
"""


def as_html(reports: Sequence[Report]) -> str:
    """Return a page with a section for each report."""
    body = "\n".join(line for report in reports for line in _section(report))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What changes</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _section(report: Report) -> Iterator[str]:
    yield f"<h2><code>{escape(report.stack)}</code>: {escape(headline(report))}</h2>"
    for error in report.errors:
        yield f'<p class="failed" role="alert"><strong>The preview failed.</strong> {_text(error)}</p>'
    for loss in report.losses:
        if loss.total:
            yield (
                '<p class="destroys" role="alert"><strong>DESTROYS A NAMESPACE</strong>'
                f"{_text(loss.text)}.</p>"
            )
    partial = [loss for loss in report.losses if not loss.total]
    if partial:
        items = "".join(f"<li>{_text(loss.text)}</li>" for loss in partial)
        yield f'<div class="loses" role="alert"><strong>Destroys</strong><ul>{items}</ul></div>'
    if not report.has_changes:
        return
    table = list(rows(report))
    if table:
        head = ("", "What happens", "Pods", "Requests of a pod", "Effect")
        yield _table(head, [_cells(row) for row in table])
    lines = list(figures(report))
    if lines:
        cells = [[escape(text) for text in vars(line).values()] for line in lines]
        yield _table(("Whole stack", "Before", "After", ""), cells, "figures")
    for line in quota_lines(report):
        yield f"<p>Quota of {_text(line)}</p>"
    if report.others:
        yield f"<p>Also: {_text(', '.join(report.others))}.</p>"
    for advice in report.advice:
        yield f'<p class="advice">{_text(advice)}</p>'
    yield from _tree(report)


def _table(head: Sequence[str], cells: Sequence[Sequence[str]], class_: str = "") -> str:
    titles = "".join(f"<th>{title}</th>" for title in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in cells)
    named = f' class="{class_}"' if class_ else ""
    return f"<table{named}>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>"


def _cells(row: Row) -> list[str]:
    name = f"<code>{escape(row.address)}</code>"
    if row.url.startswith("http"):
        name = f'<a href="{escape(row.url)}">{name}</a>'
    happens = f'<span class="{row.mark}">{escape(row.happens)}</span>'
    return [name, happens, *(escape(text) for text in (row.pods, row.requests, row.effect))]


def _tree(report: Report) -> Iterator[str]:
    """Yield deployments with their versions, endpoints and aliases as nested lists."""
    changes = report.changes
    touched = sorted({change.deployment for change in changes if change.has_changes})
    for deployment in touched:
        inside = [change for change in changes if change.deployment == deployment]
        versions = sorted({change.version for change in inside})
        items = "".join(_version(name, inside) for name in versions)
        yield f'<div class="tree"><code>{escape(deployment)}</code><ul>{items}</ul></div>'


def _version(name: str, inside: Sequence[EndpointChange | AliasChange]) -> str:
    members = [change for change in inside if change.version == name]
    items = "".join(
        f'<li class="{change.mark}">{escape(change.endpoint)}{_target(change)}</li>' for change in members
    )
    return f"<li>{escape(name)}<ul>{items}</ul></li>"


def _target(change: EndpointChange | AliasChange) -> str:
    if isinstance(change, EndpointChange):
        return ""
    return f" → {escape(', '.join(change.after or change.before))}"


def _text(text: str) -> str:
    """Escape text in which backticks mark code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
