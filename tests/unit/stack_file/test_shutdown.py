import pytest

from endpoints.stack_file.endpoint import KEEP_ALIVE_SECONDS, RESERVE_SECONDS, ROUTER_IDLE_SECONDS, Shutdown


def ends(pre_stop_seconds: int, grace_period_seconds: int) -> Shutdown:
    return Shutdown(pre_stop_seconds=pre_stop_seconds, grace_period_seconds=grace_period_seconds)


@pytest.mark.parametrize("shutdown", [Shutdown(), ends(0, 6), ends(30, 3600)])
def test_delay_requests_and_reserve_make_up_the_grace_period(shutdown: Shutdown) -> None:
    parts = (shutdown.pre_stop_seconds, shutdown.graceful_timeout_seconds, RESERVE_SECONDS)
    assert sum(parts) == shutdown.grace_period_seconds
    assert shutdown.graceful_timeout_seconds > 0


def test_a_grace_period_without_time_for_requests_is_a_conflict() -> None:
    assert [conflict.keys for conflict in ends(5, 10).conflicts()] == [
        ("gracePeriodSeconds", "preStopSeconds")
    ]
    assert not list(ends(5, 11).conflicts())


def test_connections_are_kept_longer_than_routers_keep_them() -> None:
    assert KEEP_ALIVE_SECONDS > ROUTER_IDLE_SECONDS
