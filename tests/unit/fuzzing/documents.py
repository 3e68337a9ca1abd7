"""Makes documents that are nearly right: by a JSON schema, with values and keys that people get wrong."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

SURPRISES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.dates(),
    st.text(max_size=20),
    st.binary(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            "no",
            "1e3",
            "0x1F",
            "1:30",
            "20261101.0",
            "~",
            "{}",
            "../..",
            "/etc",
            "a\nb",
            "\x00",
            "é",
            "😀",
        ]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), st.integers(), max_size=2),
)
"""Values of every type that YAML knows."""


NAMES = st.sampled_from(
    ["digits", "production", "predict-digit", "20261101.0", "latest", "ab", "a-b.c", "A_b"]
)


class Documents:
    """Makes values that a JSON schema describes; one in `strangeness` of them is replaced by a surprise."""

    def __init__(self, schema: Mapping[str, Any], strangeness: int = 12) -> None:
        self.definitions: Mapping[str, Mapping[str, Any]] = {
            name.rpartition("/")[2]: found
            for place in ("definitions", "$defs")
            for name, found in schema.get(place, {}).items()
        }
        self.strangeness = strangeness

    def of(self, node: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        """Return the values of a schema's node."""
        return st.integers(0, self.strangeness - 1).flatmap(
            lambda drawn: self._of(node) if drawn else SURPRISES
        )

    def _of(self, node: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        if "$ref" in node:
            return self._of(self.definitions[node["$ref"].rpartition("/")[2]])
        for choice in ("oneOf", "anyOf"):
            if choice in node:
                return st.sampled_from(node[choice]).flatmap(self._of)
        if "const" in node:
            return st.just(node["const"])
        if "enum" in node:
            return st.sampled_from(node["enum"])
        kind = node.get("type")
        if isinstance(kind, list):
            return st.sampled_from(kind).flatmap(lambda one: self._of({**node, "type": one}))
        match kind:
            case "object":
                return self._mapping(node)
            case "array":
                items = node.get("items", {})
                return st.lists(self.of(items), min_size=node.get("minItems", 0), max_size=2)
            case "string":
                return st.one_of(NAMES, st.text(max_size=12))
            case "integer":
                return st.integers(-1, 100)
            case "number":
                return st.one_of(st.integers(-1, 100), st.floats(0, 100))
            case "boolean":
                return st.booleans()
            case "null":
                return st.none()
            case _:
                return SURPRISES

    def _mapping(self, node: Mapping[str, Any]) -> st.SearchStrategy[dict[Any, Any]]:
        properties: Mapping[str, Any] = node.get("properties", {})
        required = {key: self.of(properties.get(key, {})) for key in node.get("required", ())}
        optional = {key: value for key, value in properties.items() if key not in required}
        others = node.get("additionalProperties")
        free = self.of(others) if isinstance(others, Mapping) else SURPRISES
        chosen = (
            st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True) if optional else st.just([])
        )
        some = chosen.flatmap(
            lambda keys: st.fixed_dictionaries({key: self.of(optional[key]) for key in keys})
        )
        more = st.dictionaries(NAMES, free, max_size=2 if isinstance(others, Mapping) else 0)
        wrong = st.dictionaries(st.one_of(NAMES, st.integers(), st.none()), SURPRISES, max_size=1)
        rarely = st.integers(0, self.strangeness - 1).flatmap(lambda drawn: st.just({}) if drawn else wrong)
        return st.tuples(st.fixed_dictionaries(required), some, more, rarely).map(
            lambda parts: {key: value for part in parts for key, value in part.items()}
        )
