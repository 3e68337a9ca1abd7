"""Collects what is wrong with one endpoint, each with its file, line and key."""

from collections.abc import Mapping
from typing import Any

from endpoints.errors import Problem
from endpoints.yaml_document import KeyPath, YamlDocument, dotted

Item = Mapping[str, Any]
"""The plain value of an `endpoint:`; the schema has been checked before anyone reads it by key."""


class Findings:
    """The problems of the endpoint in the document's list item `index`; `name` stands for it in messages."""

    def __init__(self, document: YamlDocument, index: int, name: str) -> None:
        self.document = document
        self.index = index
        self.name = name
        self.problems: list[Problem] = []

    def add(self, path: KeyPath, text: str, line: int | None = None) -> None:
        """Record a problem at `path` below the endpoint; the line is looked up unless it is given."""
        if line is None:
            line = self.line(path)
        self.problems.append(Problem(self.document.file, line, dotted((self.name, *path)), text))

    def line(self, path: KeyPath = ()) -> int:
        """Return the line of `path` below the endpoint, else of the nearest thing around it that exists."""
        line = self.document.line((self.index, "endpoint", *path))
        if line is None:
            raise ValueError("the document is empty and has no endpoints")
        return line
