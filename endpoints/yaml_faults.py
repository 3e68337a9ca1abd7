"""The traps of YAML that a parser passes over in silence."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import yaml

from endpoints.yaml_document import MERGE_TAG, KeyPath, construct, merge_sources

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
        return "found a list or mapping as a key; a key is a text"
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
        return f"found {node.value}, which is not a valid {node.tag.rpartition(':')[2]}; put text in quotes"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not _PLAIN_NUMBER.fullmatch(node.value):
        return (
            f"found {node.value}, which YAML reads as the number {value}; "
            "write a number in plain decimal digits, or put text in quotes"
        )
    return None
