"""What decides by how many threads short requests are answered."""

from pathlib import Path

import pytest

from endpoints.serving.valohai_serving.cpu import cpu_limit
from endpoints.serving.valohai_serving.thread_worker import (
    ENOUGH_REQUESTS,
    PARALLEL_SECONDS,
    gains_by_threads,
)

LONGER = 2 * PARALLEL_SECONDS


@pytest.mark.parametrize(
    ("text", "limit"),
    [("100000 100000\n", 1.0), ("150000 100000\n", 1.5), ("25000 50000\n", 0.5), ("max 100000\n", None)],
)
def test_the_cpu_limit_is_that_of_the_control_group(tmp_path: Path, text: str, limit: float | None) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert cpu_limit(tmp_path) == limit


@pytest.mark.parametrize(
    ("quota", "period", "limit"),
    [("100000", "100000", 1.0), ("150000", "100000", 1.5), ("25000", "50000", 0.5), ("-1", "100000", None)],
)
def test_the_cpu_limit_is_that_of_a_control_group_of_version_1(
    tmp_path: Path, quota: str, period: str, limit: float | None
) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text(f"{period}\n")
    assert cpu_limit(tmp_path) == limit


def test_no_cpu_limit_is_known_without_a_control_group(tmp_path: Path) -> None:
    assert cpu_limit(tmp_path) is None


@pytest.mark.parametrize("cpus", [None, 1.5, 2.0])
def test_requests_that_can_use_several_cpus_get_several_threads(cpus: float | None) -> None:
    assert gains_by_threads(cpus, ENOUGH_REQUESTS, ENOUGH_REQUESTS * LONGER)


@pytest.mark.parametrize("cpus", [0.25, 1.0])
def test_one_cpu_is_used_best_by_one_thread(cpus: float) -> None:
    assert not gains_by_threads(cpus, ENOUGH_REQUESTS, ENOUGH_REQUESTS * LONGER)


def test_requests_shorter_than_what_threads_cost_get_one() -> None:
    assert not gains_by_threads(None, ENOUGH_REQUESTS, ENOUGH_REQUESTS * PARALLEL_SECONDS / 2)


def test_a_workers_first_requests_decide_nothing() -> None:
    assert not gains_by_threads(None, ENOUGH_REQUESTS - 1, ENOUGH_REQUESTS)
