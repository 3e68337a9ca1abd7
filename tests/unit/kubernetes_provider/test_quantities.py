import pytest

from localcluster.kubernetes_provider.quantities import same_meaning

CPU = ("spec", "resources", "requests", "cpu")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.1", "100m"),
        ("1000m", 1),
        ("1Gi", "1024Mi"),
        ("1e3", "1k"),
        ("1.5Gi", "1536Mi"),
        (2, "2"),
        ("0.5", 0.5),
    ],
)
def test_quantities_of_the_same_amount_mean_the_same(one: object, other: object) -> None:
    assert same_meaning(CPU, one, other)


@pytest.mark.parametrize(("one", "other"), [("1G", "1Gi"), ("100m", "0.2"), ("a", "b"), ("1", "one")])
def test_different_amounts_differ(one: object, other: object) -> None:
    assert not same_meaning(CPU, one, other)


def test_equal_amounts_in_other_places_are_different_texts() -> None:
    assert not same_meaning(("data", "cpu"), "0.1", "100m")


def test_a_boolean_is_no_number() -> None:
    assert not same_meaning(("spec", "x"), True, 1)
    assert same_meaning(("spec", "x"), 1, 1.0)
