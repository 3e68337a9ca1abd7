from datetime import UTC, datetime, timedelta

import pytest

from managed.account_token import is_due
from managed.components.token_lifecycle import diff

GIVEN = datetime(2026, 11, 1, tzinfo=UTC)
TOKEN = {"given": GIVEN.isoformat(), "expires": (GIVEN + timedelta(days=30)).isoformat()}


@pytest.mark.parametrize(("days", "due"), [(0, False), (19, False), (21, True), (40, True)])
def test_a_token_is_renewed_when_less_than_a_third_of_its_life_is_left(days: int, due: bool) -> None:
    assert is_due(TOKEN, GIVEN + timedelta(days=days)) is due


def fresh() -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "given": now.isoformat(),
        "expires": (now + timedelta(days=30)).isoformat(),
        "token": "t",
        **wanted(),
    }


def wanted(**changes: object) -> dict[str, object]:
    return {
        "kubeconfig": "config",
        "context": "prod",
        "namespace": "endpoints-teams-prod",
        "account": "fraud",
        "account_uid": "1",
        "seconds": 2592000.0,
    } | changes


@pytest.mark.parametrize(
    ("changes", "renewed"),
    [
        ({}, False),
        ({"kubeconfig": "elsewhere", "context": "other-name"}, False),
        ({"account_uid": "2"}, True),
        ({"seconds": 3600.0}, True),
    ],
)
def test_another_account_or_lifetime_takes_another_token_and_a_moved_kubeconfig_does_not(
    changes: dict[str, object], renewed: bool
) -> None:
    assert diff(fresh(), wanted(**changes)).changes is renewed
