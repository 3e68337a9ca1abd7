"""What all settings have in common."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


@dataclass(frozen=True)
class Conflict:
    """Keys of one mapping, written as in a stack file, of which each is right alone and all are not together.

    `text` says what was found and what to do.
    """

    keys: tuple[str, ...]
    text: str


class Model(BaseModel):
    """Base of all settings: immutable, camelCase keys in a stack file, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)

    def conflicts(self) -> Iterator[Conflict]:
        """Find keys that contradict each other.

        A model whose keys may come from several layers says so here and not by a validator: a version that
        sets `min: 5` is right where the deployment sets `max: 8`, so the rule is for what both say together.
        """
        yield from ()
