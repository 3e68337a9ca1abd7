"""What makes another image, and what no message may show."""

from typing import Any

import pytest

from endpoints.buildx.inputs import differing
from tests.unit.buildx.images import LOGIN, PROPERTIES, inputs


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repository", "registry.acme.example/other"),
        ("tag", "2"),
        ("dockerfile", "FROM python:3.12\n"),
        ("content", "dd"),
        ("namedContexts", {}),
        ("attestations", {"sbom": False, "provenance": "max"}),
        ("platforms", ["linux/arm64"]),
    ],
)
def test_what_an_image_is_made_of_decides(key: str, value: Any) -> None:
    assert differing(PROPERTIES, {**PROPERTIES, key: value}) == [key]


@pytest.mark.parametrize(
    "change",
    [
        {"builder": "other"},
        {"cache": "c"},
        {"context": ".endpoints/sources/of-another-commit"},
        {"login": LOGIN},
        {"secrets": {"pip": "renewed"}},
    ],
)
def test_who_builds_it_and_what_is_kept_secret_does_not(change: dict[str, Any]) -> None:
    assert differing(PROPERTIES, {**PROPERTIES, **change}) == []


def test_the_password_and_the_words_of_secrets_are_what_no_message_may_show() -> None:
    given = inputs(login=LOGIN, secrets={"pip": "[global]\n  index-url = https://a:b@c\n\n"})
    assert given.secret_texts == ["s73577357", "[global]", "index-url", "https://a:b@c"]
