"""Patches are laid over objects as `kubectl patch` does, and composed without a change of meaning."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints.cluster.strategic_merge import compose, merge

POD: dict[str, Any] = {
    "containers": [
        {"name": "endpoint", "image": "a", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
        {"name": "proxy", "image": "b"},
    ],
    "tolerations": [{"key": "a"}],
}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"hostUsers": False}, {**POD, "hostUsers": False}),
        ({"tolerations": None}, {"containers": POD["containers"]}),
        ({"tolerations": [{"key": "b"}]}, {**POD, "tolerations": [{"key": "b"}]}),
        ({"securityContext": {"a": None, "b": 1}}, {**POD, "securityContext": {"b": 1}}),
        (
            {"containers": [{"name": "proxy", "$patch": "delete"}]},
            {**POD, "containers": POD["containers"][:1]},
        ),
        (
            {"containers": [{"name": "new", "image": "c"}]},
            {**POD, "containers": [*POD["containers"], {"name": "new", "image": "c"}]},
        ),
    ],
)
def test_fields_are_set_removed_and_merged_by_name(patch: dict[str, Any], expected: dict[str, Any]) -> None:
    assert merge(POD, patch) == expected


def test_items_of_lists_within_items_are_merged_by_name_as_well() -> None:
    patch = {"containers": [{"name": "endpoint", "env": [{"name": "B", "value": "3"}]}]}
    (changed, _) = merge(POD, patch)["containers"]
    assert changed == {
        "name": "endpoint",
        "image": "a",
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "3"}],
    }


def test_ports_of_a_service_are_told_apart_by_their_number() -> None:
    service = {"ports": [{"port": 80, "name": "http"}]}
    patch = {"ports": [{"port": 80, "appProtocol": "http"}, {"port": 81}]}
    assert merge(service, patch)["ports"] == [
        {"port": 80, "name": "http", "appProtocol": "http"},
        {"port": 81},
    ]


_VALUES = st.recursive(
    st.none() | st.integers(0, 2),
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
        | st.builds(
            lambda names: {"env": [{"name": name, "value": name * 2} for name in names]},
            st.lists(st.sampled_from(["x", "y"]), unique=True, max_size=2),
        )
    ),
    max_leaves=6,
)
_PATCHES = st.dictionaries(st.sampled_from(["a", "b", "c"]), _VALUES, max_size=3)


def without_nulls(value: Any) -> Any:
    return merge({}, value)


@given(first=_PATCHES, second=_PATCHES)
def test_a_composed_patch_makes_of_an_empty_object_what_its_parts_make(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert merge({}, compose(first, second)) == merge(without_nulls(first), second)
