"""Says in this program's words what pydantic found wrong with a setting, without ever showing a secret."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from endpoints.manifest.yaml_document import KeyPath, Segment
from endpoints.stack_file.values import RULE
from endpoints.wording import describe, suggestion

_ALLOWED = {
    "string_type": "a text, in quotes where it looks like a number",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false, without quotes",
}


@dataclass(frozen=True)
class _Place:
    """What pydantic's location means: the path in the stack file, and what is known of it.

    `known_keys` are those beside it, `inner_keys` those below it that every kind of it has.
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
            return None  # its items are wrong, and have been told of
        case "too_short":
            return "is empty; add at least one item, or leave the key out where it is optional"
        case "greater_than_equal":
            return _found(found, place, f"allowed: {context['ge']} or more")
        case "less_than_equal":
            return _found(found, place, f"allowed: {context['le']} or less")
        case "tuple_type":
            return f"found {_kind(found)}; allowed: a list"
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            # The kind alone: a text in a mapping's place may be a whole URL with credentials.
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
    """Name what a mapping is made of: its keys, or what distinguishes the kinds of it."""
    match place.inner_keys:
        case ():
            return ""
        case ("kind", *_):
            return ": {kind: ...}"
        case keys:
            return f" of {', '.join(keys)}"


def _kind(value: object) -> str:
    """Name what was found without showing it."""
    if isinstance(value, str):
        return "a text"
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
                fields = _keys(candidate)
                known.extend(fields)
                if field := fields.get(str(step)):
                    inner.extend(_alternatives(field.annotation))
                    sensitive = sensitive or bool(field.json_schema_extra)
            elif arguments := get_args(candidate):
                inner.extend(_alternatives(arguments[1 if get_origin(candidate) is Mapping else 0]))
        candidates = inner
    return _Place(tuple(path), tuple(known), _common_keys(candidates), sensitive)


def _common_keys(candidates: Sequence[Any]) -> tuple[str, ...]:
    models = [_keys(candidate) for candidate in candidates if _is_model(candidate)]
    return tuple(key for key in models[0] if all(key in keys for keys in models)) if models else ()


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return a model's fields by their keys in a stack file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


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
