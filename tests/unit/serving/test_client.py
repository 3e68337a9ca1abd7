import pytest

from endpoints.serving.valohai_serving.client import client_address


@pytest.mark.parametrize(
    ("forwarded_for", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.1,203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("203.0.113.7, unknown", None),
        ("203.0.113.7,", None),
        ("", None),
    ],
)
def test_the_last_address_is_the_one_that_the_router_saw(forwarded_for: str, address: str | None) -> None:
    assert client_address(forwarded_for) == address
