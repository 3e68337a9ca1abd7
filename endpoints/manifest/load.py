"""Loads the endpoints of a valohai.yaml file."""

import difflib
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from endpoints.cluster.names import DNS_LABEL
from endpoints.errors import Problem, ProjectError
from endpoints.manifest.endpoint_keys import (
    read_image,
    read_name,
    read_node_selector,
    read_port,
    read_resources,
    read_server,
    read_tolerations,
    read_volumes,
)
from endpoints.manifest.findings import Findings, Item
from endpoints.manifest.models import Endpoint, File, Manifest
from endpoints.manifest.schema import check_lint, check_schema
from endpoints.wording import quote
from endpoints.yaml_document import YamlDocument, construct, faults


def read_files(item: Item, findings: Findings) -> tuple[File, ...]:
    """Return the files, paths in normal form: relative to the repository, inside it, no two alike."""
    files: list[File] = []
    for index, entry in enumerate(item.get("files", ())):
        at = ("files", index)
        name, path = entry["name"], posixpath.normpath(entry["path"])
        if not name.strip():
            findings.add((*at, "name"), "found an empty string; give the file a name, such as model")
        if problem := _path_problem(entry["path"], path):
            findings.add((*at, "path"), problem)
        if any(name == earlier.name for earlier in files):
            findings.add((*at, "name"), f"found {quote(name)} twice; give each file its own name")
        for earlier in [file.path for file in files if _overlap(path, file.path)][:1]:
            findings.add(
                (*at, "path"), f"found {quote(path)}, which overlaps with {quote(earlier)}; move one"
            )
        files.append(File(name, path, entry.get("description"), findings.line(at)))
    return tuple(files)


def _path_problem(written: str, path: str) -> str | None:
    allowed = "allowed: a file's path relative to the repository, such as models/model.pkl"
    if not written.strip() or path == "." or written.endswith("/"):
        return f"found {quote(written)}; {allowed}"
    if path.startswith("/"):
        return f"found {quote(written)}, an absolute path; {allowed}"
    if path.split("/")[0] == "..":
        return f"found {quote(written)}, which leaves the repository; {allowed}"
    if not written.isprintable():
        return f"found {quote(written)}, which contains control characters; {allowed}"
    return None


def _overlap(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one would have to be a file and a directory."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


_OTHER_KINDS = ("step", "task", "pipeline", "blueprint", "deployment")
_ONE_KIND = "; a list item has one key: start another item with -, or indent the keys of the endpoint"


def load_manifest(path: Path, shown_as: str | None = None) -> Manifest:
    """Load the file at `path`, of which every endpoint must be right; messages call it `shown_as`.

    Raises ProjectError with every problem found.
    """
    manifest = read_manifest(path, shown_as)
    if manifest.malformed:
        raise _error(problem for problems in manifest.malformed.values() for problem in problems)
    return manifest


def read_manifest(path: Path, shown_as: str | None = None) -> Manifest:
    """Read the file at `path`; messages call it `shown_as`, by default its path.

    Only the endpoints' own part of the file can make it fail: steps, pipelines and what this program does
    not know are passed over. What is wrong with one endpoint alone, whose name is beyond doubt, is kept with
    that name. Raises ProjectError with every problem if there is another.
    """
    document = YamlDocument.read(path, shown_as or str(path))
    problems: list[Problem] = []
    endpoints: list[Endpoint] = []
    malformed: list[tuple[str, list[Problem]]] = []
    for index, item in enumerate(_items(document)):
        of_item = list(_item_problems(document, index, item))
        problems += of_item
        node = document.node((index, "endpoint"))
        if node is None:
            continue
        loaded = _load_endpoint(document, index, node)
        if isinstance(loaded, Endpoint):
            endpoints.append(loaded)
            continue
        name = None if of_item else _certain_name(document, index, loaded)
        if name is None:
            problems += loaded
        else:
            malformed.append((name, loaded))
    problems += _duplicates(document, endpoints)
    names = Counter([endpoint.name for endpoint in endpoints] + [name for name, _ in malformed])
    if problems or any(names[name] > 1 for name, _ in malformed):
        raise _error([*problems, *(problem for _, found in malformed for problem in found)])
    return Manifest(document.file, tuple(endpoints), {name: tuple(found) for name, found in malformed})


def _error(problems: Iterable[Problem]) -> ProjectError:
    return ProjectError(*sorted(problems, key=lambda problem: problem.line or 0))


def _certain_name(document: YamlDocument, index: int, problems: list[Problem]) -> str | None:
    """Return the name of an endpoint that has problems, None where one of them is about the name."""
    node = document.node((index, "endpoint", "name"))
    name = construct(node) if isinstance(node, yaml.ScalarNode) else None
    if not isinstance(name, str) or not DNS_LABEL.fullmatch(name):
        return None
    return None if any(problem.key == f"{name}.name" for problem in problems) else name


def _items(document: YamlDocument) -> list[yaml.Node]:
    root = document.root
    if root is None:
        raise ProjectError(
            Problem(document.file, None, "", "is empty; it needs a list of items: - endpoint: ...")
        )
    if not isinstance(root, yaml.SequenceNode):
        text = "found no list at the top of the file; start each item with a dash: - endpoint: ..."
        raise ProjectError(Problem(document.file, root.start_mark.line + 1, "", text))
    items: list[yaml.Node] = root.value
    return items


def _item_problems(document: YamlDocument, index: int, item: yaml.Node) -> Iterator[Problem]:
    """Find items that are meant as endpoints and would be dropped, in part or whole, in silence."""
    if isinstance(item, yaml.ScalarNode) and item.value == "endpoint":
        text = "found a word without a value; add a colon and the endpoint's keys after it"
        yield Problem(document.file, document.line((index,)), "endpoint", text)
    if not isinstance(item, yaml.MappingNode):
        return
    keys = [key for key, _ in item.value if isinstance(key, yaml.ScalarNode)]
    first = next((key for key in keys if key.value == "endpoint"), None)
    for key in keys:
        if first is not None and key is not first:
            text = f"found {key.value} next to endpoint in one item{_ONE_KIND}"
        elif first is None and key.value not in _OTHER_KINDS and _resembles_endpoint(key.value):
            text = "unknown item; did you mean endpoint? (one item for each)"
        else:
            continue
        yield Problem(document.file, key.start_mark.line + 1, key.value, text)


def _resembles_endpoint(key: str) -> bool:
    return bool(difflib.get_close_matches(key.lower(), ["endpoint"], cutoff=0.8))


def _load_endpoint(document: YamlDocument, index: int, node: yaml.Node) -> Endpoint | list[Problem]:
    """Return the endpoint, or what is wrong with it; later checks may rely on what earlier ones made sure."""
    name = document.node((index, "endpoint", "name"))
    findings = Findings(document, index, str(getattr(name, "value", "")).strip() or "endpoint")
    for path, line, text in faults(node):
        findings.add(path, text, line)
    if findings.problems:
        return findings.problems
    item = construct(node)
    check_schema(item, findings)
    if findings.problems or not isinstance(item, dict):
        return findings.problems
    endpoint = _read(item, findings)
    if not findings.problems:
        check_lint(item, findings)
    return findings.problems or endpoint


def _read(item: Item, findings: Findings) -> Endpoint:
    shared_volumes, workspace_volume = read_volumes(item, findings)
    return Endpoint(
        name=read_name(item, findings),
        image=read_image(item, findings),
        port=read_port(item, findings),
        server=read_server(item, findings),
        description=item.get("description"),
        files=read_files(item, findings),
        resources=read_resources(item, findings),
        node_selector=read_node_selector(item, findings),
        tolerations=read_tolerations(item, findings),
        shared_volumes=shared_volumes,
        workspace_volume=workspace_volume,
        line=findings.line(),
        key_lines={key: findings.line((key,)) for key in item},
    )


def _duplicates(document: YamlDocument, endpoints: list[Endpoint]) -> Iterator[Problem]:
    first_lines: dict[str, int] = {}
    for endpoint in endpoints:
        if endpoint.name in first_lines:
            first = first_lines[endpoint.name]
            text = f"found a second endpoint of this name, first in line {first}; rename one of them"
            yield Problem(document.file, endpoint.key_lines["name"], f"{endpoint.name}.name", text)
        first_lines.setdefault(endpoint.name, endpoint.line)
