from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct

from localcluster.kubernetes_provider.values import (
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_SENTINELS,
    Secret,
    UnsupportedValueError,
    contains_secret,
    contains_unknown,
    decode,
    encode,
    without_secrets,
)


def struct(**properties: Any) -> Struct:
    result = Struct()
    result.update(properties)
    return result


def test_whole_numbers_arrive_as_integers_and_others_as_floats() -> None:
    decoded = decode(struct(port=8000.0, share=0.5, list=[1.0, {"n": 2.0}]))
    assert decoded == {"port": 8000, "share": 0.5, "list": [1, {"n": 2}]}
    assert [type(value) for value in (decoded["port"], decoded["share"], decoded["list"][0])] == [
        int,
        float,
        int,
    ]


def test_booleans_stay_booleans() -> None:
    assert decode(struct(enabled=True))["enabled"] is True
    assert encode({"enabled": True}).fields["enabled"].bool_value is True


def test_null_properties_are_left_out_but_null_list_items_stay() -> None:
    assert decode(struct(absent=None, inner={"absent": None}, items=[None])) == {"inner": {}, "items": [None]}


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_sentinel_of_the_engine_is_an_unknown_value(sentinel: str) -> None:
    assert decode(struct(name=sentinel)) == {"name": UNKNOWN}


def test_secrets_survive_a_round_trip() -> None:
    secret = struct(**{SIGNATURE_KEY: SECRET_SIGNATURE, "value": {"password": "x"}})
    properties = Struct()
    properties.fields["data"].struct_value.CopyFrom(secret)
    assert decode(properties) == {"data": Secret({"password": "x"})}
    assert encode(decode(properties)) == properties


def test_unknown_values_survive_a_round_trip() -> None:
    assert decode(encode({"a": UNKNOWN, "b": [UNKNOWN]})) == {"a": UNKNOWN, "b": [UNKNOWN]}


def test_an_output_value_without_its_value_is_unknown_and_keeps_its_secrecy() -> None:
    output = {SIGNATURE_KEY: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "secret": True}
    assert decode(struct(name=output)) == {"name": Secret(UNKNOWN)}


def test_an_asset_is_refused_with_its_place() -> None:
    asset = {SIGNATURE_KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}
    with pytest.raises(UnsupportedValueError, match=r"^data\.greeting: assets and archives"):
        decode(struct(data={"greeting": asset}))


def test_secrets_and_unknown_values_are_found_at_any_depth() -> None:
    value = {"a": [{"b": Secret({"c": UNKNOWN})}]}
    assert contains_secret(value)
    assert contains_unknown(value)
    assert without_secrets(value) == {"a": [{"b": {"c": UNKNOWN}}]}
    assert not contains_secret(without_secrets(value))
