"""Where settings stand in the stack file, and how their keys are written in messages."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from endpoints.errors import Problem
from endpoints.yaml_document import KeyPath, YamlDocument, dotted

PROJECT = "endpoints"
"""Name of this repository's own Pulumi project."""


class Places:
    """Finds lines by setting. Without a stack file (as in tests) problems have no line.

    `namespace` is the Pulumi project's name, which prefixes every key in a stack file: `PROJECT`, unless a
    team has named a project of its own.
    """

    def __init__(self, stack_file: Path | None, namespace: str = PROJECT) -> None:
        self._namespace = namespace
        self._file = (
            str(Path(stack_file.parent.name, stack_file.name)) if stack_file else "stack configuration"
        )
        self._document = (
            YamlDocument.read(stack_file, self._file) if stack_file and stack_file.exists() else None
        )

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return the problem of the setting at `path`, whose first step is a key without its namespace."""
        return Problem(self._file, self._line(path), self.key(path), text)

    def key(self, path: KeyPath) -> str:
        """Return how messages and `pulumi config set --path` write the setting at `path`."""
        return f"{self._namespace}:{dotted(path)}"

    def holds(self, path: KeyPath) -> bool:
        """Tell whether the file has the setting at `path`; without a file it has none."""
        return self._document is not None and self._document.node(self._in_file(path)) is not None

    def encrypted(self) -> Iterator[KeyPath]:
        """Find the values that the file holds as `{secure: ...}`; Pulumi decrypts them for the program."""
        config = self._document.node(("config",)) if self._document else None
        prefix = f"{self._namespace}:"
        for key, value in config.value if isinstance(config, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.value.startswith(prefix):
                yield from _encrypted(value, (key.value.removeprefix(prefix),))

    def _line(self, path: KeyPath) -> int | None:
        if self._document is None or not path:
            return None
        return self._document.line(self._in_file(path))

    def _in_file(self, path: KeyPath) -> KeyPath:
        return ("config", f"{self._namespace}:{path[0]}", *path[1:])


def _encrypted(node: yaml.Node, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _encrypted(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        if [key.value for key, _ in node.value] == ["secure"]:
            yield path
            return
        for key, value in node.value:
            yield from _encrypted(value, (*path, str(key.value)))
