"""Reads values into models, and says where each value stands and what is wrong, without showing secrets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Self, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from endpoints.errors import Problem, ProjectError
from endpoints.stack_file.values import RULE, Model, fields_by_key
from endpoints.wording import describe, suggestion
from endpoints.yaml_document import KeyPath, Segment, YamlDocument, dotted

PROJECT = "endpoints"
"""Name of this repository's own Pulumi project."""


class Places:
    """Finds the line of each setting. Without a stack file, as in tests, problems have no line.

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


class StackSettings(Model):
    """Settings that know their places in the stack file."""

    # Private, since a file is no setting: it cannot be given in a stack file or compared.
    _places: Places = PrivateAttr(default_factory=lambda: Places(None))

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of the setting at a path such as `("deployments", 0, "source")`."""
        return self._places.problem(path, text)

    def key(self, path: KeyPath) -> str:
        """Return how messages and `pulumi config set --path` write the setting at a path."""
        return self._places.key(path)

    def placed_like(self, other: "StackSettings") -> Self:
        """Return the same settings, as if they stood where those of the other stack file stand."""
        placed = self.model_copy()
        placed._places = other._places
        return placed


AnyStack = TypeVar("AnyStack", bound=StackSettings)


def read_settings(
    model: type[AnyStack],
    values: Mapping[str, object],
    places: Places,
    may_be_encrypted: Callable[[KeyPath], bool],
) -> AnyStack:
    """Return the settings in plain values.

    `may_be_encrypted` tells whether previews and the state hide a setting. Raises ProjectError with all
    problems found; no message holds the value of a secret.
    """
    if misplaced := list(_misplaced_secrets(places, may_be_encrypted)):
        raise ProjectError(*misplaced)
    try:
        settings = model.model_validate(dict(values), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = [places.problem(path, text) for path, text in explain(error, model)]
        # The cause would show pydantic's own text, which quotes secrets.
        raise ProjectError(*sorted(problems, key=lambda problem: problem.line or 0)) from None
    settings._places = places
    return settings


def _misplaced_secrets(places: Places, may_be_encrypted: Callable[[KeyPath], bool]) -> Iterator[Problem]:
    """Find encrypted values of settings that names, previews and the state would show."""
    text = "is encrypted, but would be readable in previews and in the state; set it without --secret"
    for path in places.encrypted():
        if not may_be_encrypted(path):
            yield places.problem(path, text)


_ALLOWED = {
    "string_type": "a string, in quotes where it looks like a number",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false, without quotes",
}


@dataclass(frozen=True)
class _Place:
    """A location of pydantic's as a path in the stack file.

    `known_keys` are the keys allowed beside it, `inner_keys` those below it that every kind of it has.
    `sensitive` tells whether no message may show its value.
    """

    path: KeyPath
    known_keys: tuple[str, ...]
    inner_keys: tuple[str, ...]
    sensitive: bool


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[KeyPath, str]]:
    """Yield path and text for each mistake in a value that was validated against `model`."""
    for detail in error.errors(include_url=False):
        place = _locate(model, detail["loc"])
        text = _text(detail, place)
        if text is not None:
            yield place.path, text


def _text(detail: ErrorDetails, place: _Place) -> str | None:
    found, context = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return f"unknown key; {suggestion(str(place.path[-1]), place.known_keys)}"
        case "union_tag_not_found":
            return "kind is missing; add it"
        case "union_tag_invalid" | "literal_error":
            expected = context.get("expected_tags") or context["expected"]
            allowed = f"allowed{' as kind' if 'expected_tags' in context else ''}: {expected}"
            kind = found.get("kind") if isinstance(found, Mapping) else found
            return _found(kind, place, allowed.replace("'", ""))
        case "too_short" if found:
            return None  # its items are wrong, which is reported
        case "too_short":
            return "is empty; add at least one item, or leave the key out where it is optional"
        case "greater_than_equal":
            return _found(found, place, f"allowed: {context['ge']} or more")
        case "less_than_equal":
            return _found(found, place, f"allowed: {context['le']} or less")
        case "tuple_type":
            return f"found {_kind(found)}; allowed: a list"
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            # The kind alone: a string in a mapping's place may be a whole URL with credentials.
            what = _of_what(place) or (
                ": {NAME: ...}" if detail["type"] in ("dict_type", "mapping_type") else ""
            )
            return f"found {_kind(found)}; allowed: a mapping{what}"
        case kind if kind == RULE:
            text: str = context["text"]
            return _found(found, place, text) if text.startswith("allowed") else text
        case kind:
            return _found(found, place, f"allowed: {_ALLOWED.get(kind, detail['msg'])}")


def _found(value: object, place: _Place, allowed: str) -> str:
    return f"found {_kind(value) if place.sensitive else describe(value)}; {allowed}"


def _of_what(place: _Place) -> str:
    """Name the keys of a mapping, or `kind` if there are several kinds."""
    match place.inner_keys:
        case ():
            return ""
        case ("kind", *_):
            return ": {kind: ...}"
        case keys:
            return f" of {', '.join(keys)}"


def _kind(value: object) -> str:
    """Name the type of what was found, without its value."""
    if isinstance(value, str):
        return "a string"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    return describe(value)


def _locate(model: type[BaseModel], location: Sequence[Segment]) -> _Place:
    """Follow a location through the models; it also holds union tags and `[key]`, which no file has."""
    candidates: list[Any] = [model]
    path: list[Segment] = []
    known: list[str] = []
    sensitive = False
    for step in location:
        tagged = [candidate for candidate in candidates if _has_kind(candidate, step)]
        if len(candidates) > 1 and tagged:
            candidates = tagged
            continue
        if step == "[key]":
            continue
        path.append(step)
        known, inner = [], []
        for candidate in candidates:
            if _is_model(candidate):
                fields = fields_by_key(candidate)
                known.extend(fields)
                if name := fields.get(str(step)):
                    field = candidate.model_fields[name]
                    inner.extend(_alternatives(field.annotation))
                    sensitive = sensitive or bool(field.json_schema_extra)
            elif arguments := get_args(candidate):
                inner.extend(_alternatives(arguments[1 if get_origin(candidate) is Mapping else 0]))
        candidates = inner
    return _Place(tuple(path), tuple(known), _common_keys(candidates), sensitive)


def _common_keys(candidates: Sequence[Any]) -> tuple[str, ...]:
    models = [fields_by_key(candidate) for candidate in candidates if _is_model(candidate)]
    return tuple(key for key in models[0] if all(key in keys for keys in models)) if models else ()


def _alternatives(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows, without metadata."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [kind for argument in get_args(annotation) for kind in _alternatives(argument)]
    return [annotation]


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _has_kind(candidate: Any, tag: Segment) -> bool:
    kind = candidate.model_fields.get("kind") if _is_model(candidate) else None
    return kind is not None and tag in get_args(kind.annotation)
