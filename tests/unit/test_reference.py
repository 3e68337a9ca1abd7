"""The tables of the documentation and the schema for editors are those of the settings' descriptions."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from docs import reference
from docs.reference import DIRECTORY, PAGES, documented, generated, settings_models

MODELS = {model for root in PAGES.values() for model in settings_models(root).values()}


@pytest.mark.parametrize("file", generated(), ids=lambda file: file.name)
def test_what_is_generated_is_current(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == generated()[file], "a setting changed; run: make documentation"


@pytest.mark.parametrize("model", sorted(MODELS, key=str), ids=lambda model: model.__qualname__)
def test_every_key_has_a_description(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_every_key_is_in_exactly_one_table() -> None:
    tables = documented({name: (DIRECTORY / name).read_text(encoding="utf-8") for name in PAGES})
    assert len(tables) == len(set(tables))
    without = MODELS - set(tables)
    # What one model has of another is in the table of the one that extends it.
    assert {model for model in without if not any(issubclass(other, model) for other in tables)} == set()


class Inner(BaseModel):
    """Settings in settings."""

    size: int = Field(default=1, description="How large")


class Outer(BaseModel):
    """Settings with every form of default."""

    name: str = Field(description="Its name")
    flag: bool = Field(default=True, description="Whether")
    names: tuple[str, ...] = Field(default=("a",), description="Names")
    more: Mapping[str, Inner] = Field(default_factory=dict, description="More of them")
    as_it_is: Inner = Field(default=Inner(), description="One")
    larger: Inner = Field(default=Inner(size=2), description="Another")


def test_a_table_has_each_key_with_its_default_its_description_and_where_its_own_keys_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "DIRECTORY", tmp_path)
    monkeypatch.setattr(reference, "PAGES", {"outer.md": Outer})
    page = tmp_path / "outer.md"
    page.write_text(
        "# Settings\n\n## The outer one\n\nBefore.\n\n<!-- keys of Outer -->\nold\n<!-- end of keys -->\n"
        "\nAfter.\n\n## What's in it\n\n<!-- keys of Inner -->\n<!-- end of keys -->\n"
    )

    assert generated()[page] == (
        "# Settings\n\n## The outer one\n\nBefore.\n\n<!-- keys of Outer -->\n"
        "| Key | Default | Meaning |\n|---|---|---|\n"
        "| `name` | required | Its name |\n"
        "| `flag` | `true` | Whether |\n"
        '| `names` | `["a"]` | Names |\n'
        "| `more` | none | More of them. Keys: [What's in it](#whats-in-it) |\n"
        "| `as_it_is` | see keys | One. Keys: [What's in it](#whats-in-it) |\n"
        "| `larger` | `{size: 2}` | Another. Keys: [What's in it](#whats-in-it) |\n"
        "<!-- end of keys -->\n\nAfter.\n"
        "\n## What's in it\n\n<!-- keys of Inner -->\n"
        "| Key | Default | Meaning |\n|---|---|---|\n| `size` | `1` | How large |\n<!-- end of keys -->\n"
    )


def test_a_table_of_settings_that_the_page_is_not_about_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "DIRECTORY", tmp_path)
    monkeypatch.setattr(reference, "PAGES", {"inner.md": Inner})
    (tmp_path / "inner.md").write_text("## Inner\n\n<!-- keys of Outer -->\n<!-- end of keys -->\n")
    with pytest.raises(KeyError, match="Outer"):
        generated()
