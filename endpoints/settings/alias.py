"""Which versions an alias stands for."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from endpoints.settings.values import rule

GREATEST_WEIGHT = 1_000_000
"""What the Gateway API allows as the weight of a backend."""


_NUMBER = re.compile(r"[0-9](\.[0-9]+)?e\+[0-9]{2}")
"""What Pulumi makes of the name of a version that stands without quotes as a key."""


def _one_version_is_a_share_too(value: object) -> object:
    if isinstance(value, str):
        return {value: 1}
    if isinstance(value, Mapping):
        for name in filter(_NUMBER.fullmatch, map(str, value)):
            text = f'"{float(name):.1f}"'
            raise rule(f"has the number {name} as a name: YAML reads {text} so without quotes; add quotes")
        return value
    raise rule(
        "allowed: a text, in quotes where it looks like a number: the name of a version; "
        'or weights by version: {"20261101.0": 90, "20261102.0": 10}'
    )


def _somebody_answers(shares: Mapping[str, int]) -> Mapping[str, int]:
    if not any(shares.values()):
        raise rule("has no weight above 0, so that no version would answer; raise one")
    return shares


_Weights = Mapping[str, Annotated[int, Field(strict=True, ge=0, le=GREATEST_WEIGHT)]]

Shares = Annotated[
    _Weights,
    BeforeValidator(_one_version_is_a_share_too, json_schema_input_type=str | _Weights),
    AfterValidator(_somebody_answers),
]
"""Weights by version: of all requests a version gets its weight divided by their sum. One version has all."""
