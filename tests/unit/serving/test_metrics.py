"""Counters in shared memory, and metadata that is printed."""

import io
import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from endpoints.serving.valohai_serving.memory import (
    MOST_NAMES,
    MOST_WORKERS,
    NAME_BYTES,
    SharedMemory,
)
from endpoints.serving.valohai_serving.metadata import ObservedOutput
from endpoints.serving.valohai_serving.page import render


def samples(memory: SharedMemory) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(render(memory))
        for sample in family.samples
    }


def test_the_page_of_a_server_that_has_served_nothing_is_whole() -> None:
    page = samples(SharedMemory())
    assert page["valohai_request_duration_seconds_count",] == 0
    assert page["valohai_requests_in_flight",] == 0
    assert not [name for name, *_ in page if name in ("valohai_requests_total", "valohai_worker_threads")]


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0.0, "0.005"), (0.005, "0.005"), (0.0051, "0.01"), (60.0, "60.0"), (61.0, "+Inf")]
)
def test_a_bucket_holds_what_is_as_long_as_its_bound(seconds: float, bound: str) -> None:
    memory = SharedMemory()
    block = memory.take()
    assert block is not None
    block.begin()
    block.finish("GET", 200, seconds)
    page = samples(memory)
    filled = [labels[0] for (name, *labels), value in page.items() if name.endswith("_bucket") and value]
    assert filled[0] == bound
    assert page["valohai_request_duration_seconds_bucket", "+Inf"] == 1


@pytest.mark.parametrize(("status", "shown"), [(100, "100"), (599, "599"), (99, "500"), (600, "500")])
def test_a_status_that_does_not_exist_is_the_servers_mistake(status: int, shown: str) -> None:
    memory = SharedMemory()
    block = memory.take()
    assert block is not None
    block.begin()
    block.finish("GET", status, 0.1)
    assert samples(memory)["valohai_requests_total", "GET", shown] == 1


def test_a_block_goes_to_the_next_worker_with_what_was_counted() -> None:
    memory = SharedMemory()
    first, second = memory.take(), memory.take()
    assert first is not None
    assert second is not None
    first.observe("digit", 3)
    first.begin()
    memory.leave(first)
    assert memory.take() is first
    assert first.in_flight == 0
    first.observe("digit", 4)
    second.observe("digit", 5)
    page = samples(memory)
    assert (page["valohai_metadata_count", "digit"], page["valohai_metadata_sum", "digit"]) == (3, 12)
    assert page["valohai_worker_exits_total",] == 1


def test_there_is_no_block_for_more_workers_than_there_can_be() -> None:
    memory = SharedMemory()
    assert all(memory.take() for _ in range(MOST_WORKERS))
    assert memory.take() is None


def test_names_and_values_without_a_place_are_dropped_and_counted() -> None:
    memory = SharedMemory()
    block = memory.take()
    assert block is not None
    for number in range(MOST_NAMES - 1):
        block.observe(f"name {number}", 1)
    block.observe('"quoted"\n', 2)
    for name in ("one too many", "x" * (NAME_BYTES + 1), "", "a\0b"):
        block.observe(name, 1)
    block.observe("name 0", float("nan"))
    page = samples(memory)
    assert page["valohai_metadata_dropped_total",] == 5
    assert page["valohai_metadata_sum", '"quoted"\n'] == 2
    assert len([name for name, *_ in page if name == "valohai_metadata_count"]) == MOST_NAMES


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (json.dumps({"vh_metadata": {"a": 1, "b": "2.5", "c": True}}), [("a", 1), ("b", 2.5), ("c", 1)]),
        ('before\n{"vh_metadata": {"a": 1}}\n{"vh_metadata": {"a": 2}}\n', [("a", 1), ("a", 2)]),
        ('{"vh_metadata": {"class": "seven", "none": null, "list": [1]}}', []),
        ('{"vh_metadata": 7}', []),
        ('{"vh_metadata": {"a": 1}', []),
        ('["vh_metadata"]', []),
        ("vh_metadata", []),
        ("{}", []),
    ],
)
def test_numbers_of_metadata_are_seen_and_all_text_passes_through(
    printed: str, expected: list[tuple[str, float]]
) -> None:
    seen: list[tuple[str, float]] = []
    beneath = io.BytesIO()
    output = ObservedOutput(io.TextIOWrapper(beneath, "utf-8"), lambda *found: seen.append(found))
    assert output.write(printed) == len(printed)
    assert beneath.getvalue().decode() == printed
    assert seen == expected


def test_printing_does_not_fail_by_being_watched() -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no place")

    beneath = io.BytesIO()
    output = ObservedOutput(io.TextIOWrapper(beneath, "utf-8"), fail)
    print('{"vh_metadata": {"a": 1}}', file=output)
    assert beneath.getvalue() == b'{"vh_metadata": {"a": 1}}\n'
