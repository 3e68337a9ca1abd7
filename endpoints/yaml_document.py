"""The traps of YAML that a parser passes over in silence."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.reader import ReaderError

from endpoints.errors import Problem, ProjectError

Segment = str | int
"""One step into a document: a mapping's key or a list's index, from 0."""

KeyPath = tuple[Segment, ...]
"""The way to a value, such as `("deployments", 0, "source")`."""

MERGE_TAG = "tag:yaml.org,2002:merge"


class YamlDocument:
    """The nodes of one YAML file; `file` is the name that messages use for it."""

    def __init__(self, file: str, root: yaml.Node | None) -> None:
        self.file = file
        self.root = root

    @classmethod
    def read(cls, path: Path, file: str) -> "YamlDocument":
        """Read a file; raises ProjectError if it is missing, not UTF-8 or not one YAML document."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ProjectError(Problem(file, None, "", "there is no such file")) from None
        except OSError as error:
            raise ProjectError(
                Problem(file, None, "", f"cannot be read: {error.strerror}; make it a readable file")
            ) from None
        return cls.parse(content, file)

    @classmethod
    def parse(cls, content: bytes, file: str) -> "YamlDocument":
        """Parse UTF-8 text; raises ProjectError if it is not one YAML document."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise ProjectError(
                Problem(file, line, "", "found bytes that are not UTF-8; save the file as UTF-8")
            ) from None
        try:
            return cls(file, yaml.compose(text, Loader=yaml.SafeLoader))
        except yaml.YAMLError as error:
            raise ProjectError(_syntax_problem(error, text, file)) from None
        except RecursionError:
            raise ProjectError(Problem(file, None, "", "is nested too deeply to be read")) from None

    def node(self, path: KeyPath) -> yaml.Node | None:
        """Return the value's node, or None where the document has no such value."""
        found = self._nodes(path)
        return found[-1][1] if len(found) == len(path) + 1 else None

    def line(self, path: KeyPath) -> int | None:
        """Return the line of the key (or list item), else of the nearest thing around it that exists."""
        nodes = self._nodes(path)
        return nodes[-1][0].start_mark.line + 1 if nodes else None

    def _nodes(self, path: KeyPath) -> list[tuple[yaml.Node, yaml.Node]]:
        """Walk down as far as the document goes: for each step what marks its place, and its value."""
        if self.root is None:
            return []
        steps = [(self.root, self.root)]
        for segment in path:
            step = _child(steps[-1][1], segment)
            if step is None:
                break
            steps.append(step)
        return steps


def construct(node: yaml.Node) -> object:
    """Return the plain value of a node that `faults` finds nothing wrong with."""
    loader = yaml.SafeLoader("")
    try:
        value: object = loader.construct_document(node)
    finally:
        loader.dispose()
    return value


def _child(node: yaml.Node, segment: Segment) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(segment, int) and segment < len(node.value):
        item: yaml.Node = node.value[segment]
        return item, item
    if isinstance(node, yaml.MappingNode):
        # The last one wins, as it does when the mapping is built (a merge key's values come first there).
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == str(segment):
                return key, value
        for key, value in node.value:
            if key.tag == MERGE_TAG:
                for source in merge_sources(value):
                    child = _child(source, segment) if source is not node else None
                    if child is not None:
                        return child
    return None


def dotted(path: KeyPath) -> str:
    """Write a path as messages do: `deployments[0].source`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def merge_sources(value: yaml.Node) -> list[yaml.Node]:
    """Return the mappings that the value of a merge key (`<<`) stands for."""
    return value.value if isinstance(value, yaml.SequenceNode) else [value]


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Problem(file, line, "", "found a control character that YAML does not allow; remove it")
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem(file, None, "", f"not valid YAML: {error}")
    mark = error.problem_mark
    problem = error.problem or "it cannot be read"
    if isinstance(error, ComposerError) and "another document" in problem:
        return Problem(
            file, mark.line + 1, "", "found a second YAML document; keep one document, without ---"
        )
    if r"'\t'" in problem:
        return Problem(file, mark.line + 1, "", "found a tab where YAML wants spaces; indent with spaces")
    context = f"{error.context}: " if error.context else ""
    advice = "check the indentation, colons and quotes on this line and above"
    return Problem(
        file, mark.line + 1, "", f"not valid YAML, column {mark.column + 1}: {context}{problem}; {advice}"
    )


_COLLECTIONS = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
_PLAIN_NUMBER = re.compile(
    r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE
)


class Fault(NamedTuple):
    """What is wrong at `path`, in the file's line `line`."""

    path: KeyPath
    line: int
    text: str


def faults(node: yaml.Node) -> Iterator[Fault]:
    """Find what YAML accepts and people do not mean, at and below `node`.

    Keys given twice (the last one would win) or read as something else than text, numbers in octal, base 60
    and other rare notations, tags, values that contain themselves, and scalars that cannot be built, such as
    a 13th month.
    """
    yield from _Search().below(node, ())


class _Search:
    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.open: set[int] = set()

    def below(self, node: yaml.Node, path: KeyPath) -> Iterator[Fault]:
        line = node.start_mark.line + 1
        if id(node) in self.open:
            yield Fault(path, line, "found an alias (*) to a value that contains it; write the value out")
        if id(node) in self.seen:
            return  # reached again through an alias
        self.seen.add(id(node))
        self.open.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            text = _scalar_fault(node)
            if text is not None:
                yield Fault(path, line, text)
        elif node.tag not in _COLLECTIONS:
            yield Fault(path, line, f"found the YAML tag {node.tag}; write a plain list or mapping")
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                yield from self.below(item, (*path, index))
        elif isinstance(node, yaml.MappingNode):
            yield from self._mapping(node, path)
        self.open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[Fault]:
        first_lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            text = _key_fault(key, value, first_lines)
            if text is not None:
                yield Fault((*path, key.value) if isinstance(key, yaml.ScalarNode) else path, line, text)
                continue
            first_lines.setdefault(key.value, line)
            yield from self.below(value, (*path, key.value))


def _key_fault(key: yaml.Node, value: yaml.Node, first_lines: Mapping[str, int]) -> str | None:
    if not isinstance(key, yaml.ScalarNode):
        return "found a list or mapping as a key; a key must be a string"
    if key.tag == MERGE_TAG:
        if all(isinstance(source, yaml.MappingNode) for source in merge_sources(value)):
            return None
        return "found a merge key without a mapping; give it an alias (*) of one"
    if key.tag != "tag:yaml.org,2002:str":
        kind = key.tag.rpartition(":")[2]
        return f"found {key.value} as a key, which YAML reads as {kind}; put it in quotes"
    if key.value in first_lines:
        return f"found the key again, first given in line {first_lines[key.value]}; keep one of them"
    return None


def _scalar_fault(node: yaml.ScalarNode) -> str | None:
    try:
        value = construct(node)
    except (ValueError, yaml.YAMLError):
        return (
            f"found {node.value}, which is not a valid {node.tag.rpartition(':')[2]}; put strings in quotes"
        )
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not _PLAIN_NUMBER.fullmatch(node.value):
        return (
            f"found {node.value}, which YAML reads as the number {value}; write a number in plain "
            "decimal digits, or put a string in quotes"
        )
    return None
