"""A picture of the deployments that change, in Mermaid, which GitHub and GitLab draw.

https://mermaid.js.org/syntax/flowchart.html
"""

from collections.abc import Iterable, Iterator

from endpoints.preview import Operation
from endpoints.report.models import AliasChange, EndpointChange, Kind, Report

_CLASSES = (
    "classDef new stroke:#1a7f37,stroke-width:3px",
    "classDef changed stroke:#bf8700,stroke-width:3px",
    "classDef removed stroke:#cf222e,stroke-width:3px,stroke-dasharray:5",
)


def mermaid(report: Report) -> str:
    """Return the flow chart: deployments lead to versions and aliases, aliases to versions, and these on.

    It holds every deployment in which something changes, whole. It is empty where nothing does.
    """
    touched = {_deployment(change.address) for change in report.changes if change.has_changes}
    names = _Names()
    lines = [line for deployment in sorted(touched) for line in _of_deployment(report, deployment, names)]
    return "\n".join(["flowchart LR", *(f"  {line}" for line in (*lines, *_CLASSES))]) if lines else ""


class _Names(dict[str, str]):
    """Names each node by a number, since Mermaid takes neither dots nor slashes."""

    def __missing__(self, path: str) -> str:
        return self.setdefault(path, f"n{len(self) + 1}")


def _of_deployment(report: Report, deployment: str, names: _Names) -> Iterator[str]:
    endpoints = [endpoint for endpoint in report.endpoints if _deployment(endpoint.address) == deployment]
    yield f'{names[deployment]}["{deployment}"]'
    for version in sorted({_version(endpoint.address) for endpoint in endpoints}):
        path = f"{deployment}/{version}"
        of_version = [endpoint for endpoint in endpoints if _version(endpoint.address) == version]
        yield f'{names[deployment]} --> {names[path]}["{version}"]{_common_class(of_version)}'
        for endpoint in of_version:
            name = endpoint.address.rpartition("/")[2]
            yield f'{names[path]} --> {names[endpoint.address]}("{name}"){_class(endpoint)}'
    aliases = [alias for alias in report.aliases if _deployment(alias.address) == deployment]
    yield from _of_aliases(aliases, deployment, names)


def _of_aliases(aliases: Iterable[AliasChange], deployment: str, names: _Names) -> Iterator[str]:
    """Draw an alias once for all endpoints that lead by it to the same versions."""
    alike: dict[tuple[str, tuple[tuple[str, int], ...]], set[str]] = {}
    for alias in aliases:
        shares = tuple(sorted((alias.after or alias.before).items()))
        alike.setdefault((_version(alias.address), shares), set()).add(_alias_class(alias))
    for (name, shares), classes in alike.items():
        node = names[f"{deployment}/{name}/{shares}"]
        class_ = classes.pop() if len(classes) == 1 else ":::changed"
        yield f'{names[deployment]} --> {node}{{{{"{name}"}}}}{class_}'
        for version, percent in shares:
            weight = f"|{percent} %|" if percent != 100 else ""
            yield f"{node} -.->{weight} {names[f'{deployment}/{version}']}"


def _alias_class(alias: AliasChange) -> str:
    classes = {Operation.SAME: "", Operation.CREATE: ":::new", Operation.DELETE: ":::removed"}
    return classes.get(alias.operation, ":::changed")


def _class(endpoint: EndpointChange) -> str:
    classes = {Kind.NEW: ":::new", Kind.REMOVED: ":::removed", Kind.UNCHANGED: ""}
    return classes.get(endpoint.kinds[0], ":::changed")


def _common_class(endpoints: list[EndpointChange]) -> str:
    """Return the class of a version: new or removed where all of its endpoints are."""
    classes = {_class(endpoint) for endpoint in endpoints}
    (common,) = classes if len(classes) == 1 else ("",)
    return common if common != ":::changed" else ""


def _deployment(address: str) -> str:
    return address.rsplit("/", 2)[0]


def _version(address: str) -> str:
    return address.split("/")[-2]
