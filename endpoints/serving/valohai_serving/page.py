"""The page that Prometheus reads: the counters of all workers, added up.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections import defaultdict
from typing import Dict, Iterator, List, Tuple

from .memory import BOUNDS, METHODS, STATUSES, Block, SharedMemory

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def render(memory: SharedMemory) -> str:
    """Return the page; every line ends with a newline."""
    blocks = list(memory.used())
    threads = sum(block.threads for block in blocks)
    lines = [
        *_head("valohai_requests", "counter", "Requests that the application has answered.", "_total"),
        *_requests(blocks),
        *_keys(memory, blocks),
        *_head("valohai_request_duration_seconds", "histogram", "Time until an answer was complete."),
        *_durations(blocks),
        *_head("valohai_requests_in_flight", "gauge", "Requests that the application is answering."),
        f"valohai_requests_in_flight {sum(block.in_flight for block in blocks)}",
        *_head("valohai_workers", "gauge", "Processes that run the application."),
        f"valohai_workers {sum(block.is_alive for block in blocks)}",
        *_head("valohai_worker_exits", "counter", "Processes that have ended; each is replaced.", "_total"),
        f"valohai_worker_exits_total {memory.exits}",
        *_head("valohai_metadata", "summary", "Numbers that the application printed as vh_metadata."),
        *_metadata(blocks),
        *_head("valohai_metadata_dropped", "counter", "Values of vh_metadata that were not kept.", "_total"),
        f"valohai_metadata_dropped_total {sum(block.dropped for block in blocks)}",
        *_head("process_start_time_seconds", "gauge", "When the server started, in seconds since 1970."),
        f"process_start_time_seconds {memory.started:.3f}",
    ]
    if threads:
        lines += [
            *_head("valohai_worker_threads", "gauge", "Requests that can be answered at a time."),
            f"valohai_worker_threads {threads}",
        ]
    return "\n".join([*lines, ""])


def _head(name: str, kind: str, text: str, suffix: str = "") -> List[str]:
    return [f"# HELP {name}{suffix} {text}", f"# TYPE {name}{suffix} {kind}"]


def _requests(blocks: List[Block]) -> Iterator[str]:
    totals = _sums([list(block.requests) for block in blocks])
    for place, total in enumerate(totals):
        if total:
            row, status = divmod(place, len(STATUSES))
            yield f'valohai_requests_total{{method="{METHODS[row]}",code="{STATUSES[status]}"}} {total}'


def _keys(memory: SharedMemory, blocks: List[Block]) -> Iterator[str]:
    if memory.key_names:
        yield from _head(
            "valohai_requests_by_key", "counter", "Requests by the name of their API key.", "_total"
        )
    for place, name in enumerate(memory.key_names):
        yield f'valohai_requests_by_key_total{{key="{name}"}} {sum(block.keys[place] for block in blocks)}'


def _durations(blocks: List[Block]) -> Iterator[str]:
    name = "valohai_request_duration_seconds"
    counts = _sums([list(block.durations) for block in blocks]) or [0] * (len(BOUNDS) + 1)
    total = 0
    for bound, count in zip((*BOUNDS, "+Inf"), counts):
        total += count
        yield f'{name}_bucket{{le="{bound}"}} {total}'
    yield f"{name}_sum {sum(block.sums[0] for block in blocks)!r}"
    yield f"{name}_count {total}"


def _metadata(blocks: List[Block]) -> Iterator[str]:
    totals: Dict[str, Tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for block in blocks:
        for place, name in enumerate(block.names()):
            count, total = totals[name]
            totals[name] = (count + block.counts[place], total + block.sums[1 + place])
    for name, (count, total) in sorted(totals.items()):
        label = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'valohai_metadata_sum{{name="{label}"}} {total!r}'
        yield f'valohai_metadata_count{{name="{label}"}} {count}'


def _sums(rows: List[List[int]]) -> List[int]:
    return [sum(column) for column in zip(*rows)]
