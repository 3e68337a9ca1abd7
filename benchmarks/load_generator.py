"""Sends requests as fast as they are answered, by a program that leaves the CPU to the server."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.layout import find_layout
from localcluster.programs.go import ensure_programs, load_group

GROUP = Path(__file__).parents[1] / "tools/bombardier"
ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Outcome:
    """Requests per second, and the milliseconds that half and one in a hundred of them exceed."""

    requests: int
    rate: float
    median: float
    slowest: float


def program() -> Path:
    """Return the load generator, built if the cache does not have it."""
    return ensure_programs(load_group(GROUP), find_layout().cache, os.environ, Progress()) / "bombardier"


def send(generator: Path, url: str, body: bytes, connections: int, seconds: float) -> Outcome:
    """POST JSON by so many connections, each of which is kept and sends when its last answer has come.

    Raises RuntimeError if any answer is not 200, or missing.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        finished = subprocess.run(
            [
                *(generator, "--print=result", "--format=json", "--latencies"),
                *(f"--connections={connections}", f"--duration={seconds}s", f"--timeout={ANSWER_SECONDS}s"),
                *("--method=POST", "--header=Content-Type: application/json", f"--body-file={file.name}"),
                url,
            ],
            check=True,
            capture_output=True,
            timeout=seconds + 2 * ANSWER_SECONDS,
        )
    result = json.loads(finished.stdout)["result"]
    if any(result[kind] for kind in ("req1xx", "req3xx", "req4xx", "req5xx", "others")):
        raise RuntimeError(f"{url} did not answer every request: {result}")
    percentiles = result["latency"]["percentiles"]
    return Outcome(
        requests=result["req2xx"],
        rate=result["req2xx"] / result["timeTakenSeconds"],
        median=percentiles["50"] / 1000,
        slowest=percentiles["99"] / 1000,
    )
