"""What the documentation of settings says, to be compared with the models."""

import re

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def tables(text: str) -> dict[str, dict[str, str]]:
    """Return for each section of a page the keys of its table with their defaults."""
    sections = (section.partition("\n") for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:])
    return {
        title: dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", rows, flags=re.MULTILINE))
        for title, _, rows in sections
    }


def shown_default(field: FieldInfo) -> str:
    """Return what the page says of a key's default."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, BaseModel):
        return "see below"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if default not in (None, {}, ()) else "none"
