from localcluster.kubernetes_provider.api.rate_limit import RateLimit


def test_a_burst_goes_out_at_once_and_the_rest_at_the_rate() -> None:
    now = 0.0
    limit = RateLimit(per_second=2, burst=3, clock=lambda: now)
    assert [limit.delay() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_a_pause_refills_the_burst_and_no_more() -> None:
    now = 0.0
    limit = RateLimit(per_second=10, burst=2, clock=lambda: now)
    for _ in range(2):
        limit.delay()
    now = 100.0
    assert [limit.delay() for _ in range(3)] == [0, 0, 0.1]
