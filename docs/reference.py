"""Writes what is generated from the settings' descriptions: tables of pages in docs/, and the JSON schema.

A table is between `<!-- keys of MODEL -->` and `<!-- end of keys -->`; MODEL is the class of the settings.
Everything else in a page is written by hand. `make documentation` runs this.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from endpoints.policy.rules import PolicySettings
from endpoints.stack_file import Settings
from endpoints.stack_file.schema import SCHEMA_FILE, stack_schema
from managed.stack_file import Settings as ManagedSettings

DIRECTORY = Path(__file__).parent

PAGES: Mapping[str, type[BaseModel]] = {
    "stack-file.md": Settings,
    "pods-and-routes.md": Settings,
    "managed.md": ManagedSettings,
    "policies.md": PolicySettings,
}
"""The settings that each page is about."""

_TABLE = re.compile(r"(?<=<!-- keys of )(\w+)( -->\n).*?(?=<!-- end of keys -->)", re.DOTALL)


def settings_models(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the model and all models in it by their names."""
    found = {model.__name__: model}
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            found |= settings_models(inner)
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def generated() -> dict[Path, str]:
    """Return the text of each generated file, and of each page with its tables as they should be.

    Raises KeyError if a page has a table of a model that its settings do not have.
    """
    pages = {name: (DIRECTORY / name).read_text(encoding="utf-8") for name in PAGES}
    sections = dict(_sections(pages))
    return {
        SCHEMA_FILE: json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n",
        **{DIRECTORY / name: _with_tables(name, text, sections) for name, text in pages.items()},
    }


def documented(pages: Mapping[str, str]) -> list[type[BaseModel]]:
    """Return the models that have a table, one for each table; `pages` are texts by name."""
    return [model for model, _ in _sections(pages)]


def _sections(pages: Mapping[str, str]) -> Iterator[tuple[type[BaseModel], tuple[str, str]]]:
    """Find the models that have a table, each with the page and the heading of its section."""
    for page, text in pages.items():
        models = settings_models(PAGES[page])
        for section in re.split(r"^## ", text, flags=re.MULTILINE):
            for table in _TABLE.finditer(section):
                yield models[table[1]], (page, section.partition("\n")[0])


def _with_tables(page: str, text: str, sections: Mapping[type[BaseModel], tuple[str, str]]) -> str:
    models = settings_models(PAGES[page])

    def table(match: re.Match[str]) -> str:
        rows = (_row(key, field) for key, field in models[match[1]].model_fields.items())
        return f"{match[1]}{match[2]}| Key | Default | Meaning |\n|---|---|---|\n{''.join(rows)}"

    def _row(name: str, field: FieldInfo) -> str:
        links = [_link(page, *_section(model, sections)) for model in _models_in(field.annotation)]
        keys = f". Keys: {', '.join(dict.fromkeys(links))}" if links else ""
        return f"| `{field.alias or name}` | {_default(field)} | {field.description}{keys} |\n"

    return _TABLE.sub(table, text)


def _section(model: type[BaseModel], sections: Mapping[type[BaseModel], tuple[str, str]]) -> tuple[str, str]:
    """Return where a model is explained; one without a table, where a model is that extends it."""
    return next(place for known, place in sections.items() if issubclass(known, model))


def _link(page: str, target: str, heading: str) -> str:
    """Link to a heading as GitHub makes anchors of them."""
    anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
    return f"[{heading}]({'' if target == page else target}#{anchor})"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel) and not value.model_fields_set:
        return "see keys"
    return "none" if value in (None, {}, ()) else f"`{_written(value)}`"


def _written(value: object) -> str:
    """Write a default as it would stand in a file."""
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_written(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, tuple):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    for file, text in generated().items():
        file.write_text(text, encoding="utf-8")
