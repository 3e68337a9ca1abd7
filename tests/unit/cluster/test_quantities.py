from decimal import Decimal

import pytest

from endpoints.cluster.quantities import amount


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("500m", "0.5"),
        ("3u", "0.000003"),
        ("7n", "0.000000007"),
        ("2", "2"),
        (2, "2"),
        (0.5, "0.5"),
        ("+.5", "0.5"),
        ("-1", "-1"),
        ("1k", "1000"),
        ("1E", "1e18"),
        ("1e3", "1000"),
        ("12E-1", "1.2"),
        ("1Ki", "1024"),
        ("1.5Gi", "1610612736"),
        ("1Ei", "1152921504606846976"),
    ],
)
def test_a_quantity_is_as_much_as_kubernetes_takes_it_for(quantity: object, expected: str) -> None:
    assert amount(quantity) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1K",
        "1ki",
        "1mi",
        "12e6k",
        "1e3Mi",
        "1_000",
        " 1",
        "0x10",
        "NaN",
        "Infinity",
        "\N{FULLWIDTH DIGIT ONE}",
        None,
    ],
)
def test_what_kubernetes_refuses_is_no_quantity(text: object) -> None:
    assert amount(text) is None
