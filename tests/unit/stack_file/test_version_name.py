from datetime import date

import pytest

from endpoints.stack_file.load import next_version_name

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ([], "20261101.0"),
        (["20261101.0"], "20261101.1"),
        (["20261101.2", "20261101.10", "20261101.3"], "20261101.11"),
        (["20261031.4", "20261102.7"], "20261101.0"),
        (["v1", "20261101", "20261101.x", "120261101.5"], "20261101.0"),
    ],
)
def test_the_next_name_is_one_above_the_highest_of_the_day(existing: list[str], expected: str) -> None:
    assert next_version_name(existing, TODAY) == expected


def test_a_day_has_two_digits_for_its_month_and_day() -> None:
    assert next_version_name([], date(2027, 2, 3)) == "20270203.0"
