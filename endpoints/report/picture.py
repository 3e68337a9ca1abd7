"""A picture of the deployments that change, in Mermaid, which GitHub and GitLab draw.

https://mermaid.js.org/syntax/flowchart.html
"""

from collections.abc import Iterable, Iterator

from endpoints.report.models import AliasChange, EndpointChange, Mark, Report

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
