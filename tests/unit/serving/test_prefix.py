import pytest

from endpoints.serving.valohai_serving.prefix import Prefix, client_address, scheme

OWN = "/acme/digits/production/20261101.0/predict"


def test_any_name_is_accepted_in_the_place_of_the_version() -> None:
    prefix = Prefix(OWN)
    for name in ("20261101.0", "latest", "a", "...", "_-."):
        expected = OWN.replace("20261101.0", name)
        assert prefix.match(expected) == expected
        assert prefix.match(f"{expected}/a/b") == expected


def test_only_whole_segments_count() -> None:
    prefix = Prefix(OWN)
    for path in (
        f"{OWN}2",
        OWN[:-1],
        f"x{OWN}",
        f"/{OWN}",
        f"{OWN}\n",
        OWN.replace("20261101.0", "."),
        OWN.replace("20261101.0", ".."),
        OWN.replace("20261101.0", "a b"),
        OWN.replace("20261101.0/", ""),
        "*",
        "",
    ):
        assert prefix.match(path) is None, path


def test_a_dot_in_the_prefix_is_no_wildcard() -> None:
    assert (
        Prefix("/acme/my.project/production/1/predict").match("/acme/my-project/production/1/predict") is None
    )


def test_an_empty_prefix_accepts_every_path() -> None:
    assert Prefix("").match("/any/path") == ""
    assert str(Prefix("")) == "/"


def test_a_prefix_of_another_shape_is_accepted_literally() -> None:
    assert Prefix("/models/digits").match("/models/digits/x") == "/models/digits"
    assert Prefix("/models/digits").match("/models/letters/x") is None


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
    assert client_address(forwarded_for, "10.0.0.1") == (address or "10.0.0.1")


def test_an_address_of_ipv4_at_a_socket_for_both_families_is_shown_as_one() -> None:
    assert client_address("", "::ffff:10.0.0.1") == "10.0.0.1"


@pytest.mark.parametrize(
    ("told", "expected"),
    [("https", "https"), ("HTTPS ", "https"), ("http", "http"), ("", "http"), ("x", "http")],
)
def test_the_scheme_is_http_unless_the_router_says_otherwise(told: str, expected: str) -> None:
    assert scheme(told) == expected
