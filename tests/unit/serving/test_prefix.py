from endpoints.serving.valohai_serving.prefix import Prefix

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
