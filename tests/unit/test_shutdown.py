import pytest

from endpoints.shutdown import KEEP_ALIVE_SECONDS, RESERVE_SECONDS, ROUTER_IDLE_SECONDS, Shutdown


@pytest.mark.parametrize("shutdown", [Shutdown(), Shutdown(0, 6), Shutdown(30, 3600)])
def test_delay_requests_and_reserve_make_up_the_grace_period(shutdown: Shutdown) -> None:
    parts = (shutdown.pre_stop_seconds, shutdown.graceful_timeout_seconds, RESERVE_SECONDS)
    assert sum(parts) == shutdown.grace_period_seconds
    assert shutdown.graceful_timeout_seconds > 0


def test_a_grace_period_without_time_for_requests_is_refused() -> None:
    with pytest.raises(ValueError, match="no time for running requests"):
        Shutdown(5, 10)


def test_connections_are_kept_longer_than_routers_keep_them() -> None:
    assert KEEP_ALIVE_SECONDS > ROUTER_IDLE_SECONDS
