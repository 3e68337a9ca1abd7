"""What it costs to measure requests: CPU time of the generated gunicorn with and without metrics.

The multiprocess mode of prometheus_client survives kills as well, but is a package that images would have to
install, for Python 3.9 or newer. Version 0.26 counted 30,000 requests a second where the launcher's shared
memory counted 230,000, and kept two files of every worker that had ended, which each scrape read.
"""

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from endpoints.manifest.models import Wsgi
from endpoints.plan.server import METRICS_VARIABLE, Serving, container_command, server_environment
from tests.cluster.load import load
from tests.serving.conftest import ADDRESS
from tests.serving.processes import ServerProcess, free_port

APPLICATION = """
import json

LINE = json.dumps({"vh_metadata": {"confidence": 0.75, "digit": 7}})

def small(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]

def printing(environ, start_response):
    print(LINE)
    return small(environ, start_response)
"""
WORK = {
    "small": "an answer of two bytes, the least that a request can cost",
    "printing": "the same, and one line of `vh_metadata` with two numbers",
}
VARIANTS = ("without", "with")
CONNECTIONS = 4
WARMING_SECONDS = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(runs: int, seconds: float) -> str:
    """Load two servers in turns, `runs` times for each kind of work; return a table.

    CPU time, other than a rate, hardly depends on what else the machine does.
    """
    lines = [
        f"CPU time for each request, one worker on loopback, {CONNECTIONS} connections,"
        f" {runs} runs of {seconds:g} s each in turns; medians, and the difference of the runs' pairs",
        "",
        "| work | without (us) | with (us) | difference (us) |",
        "| --- | --- | --- | --- |",
    ]
    for work, description in WORK.items():
        costs = _costs(work, runs, seconds)
        differences = [after - before for before, after in zip(*costs.values(), strict=True)]
        cells = [f"{statistics.median(costs[variant]):.0f}" for variant in VARIANTS]
        spread = f"{statistics.median(differences):.0f} ({min(differences):.0f} - {max(differences):.0f})"
        lines.append(f"| {work}: {description} | {' | '.join(cells)} | {spread} |")
    return "\n".join(lines)


def _costs(work: str, runs: int, seconds: float) -> dict[str, list[float]]:
    """Return microseconds of CPU time per request, run by run, for each variant."""
    costs: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        (Path(directory) / "measured.py").write_text(APPLICATION)
        servers = {variant: _start(work, variant, Path(directory)) for variant in VARIANTS}
        for server in servers.values():
            stack.callback(server.end)
        for server in servers.values():
            server.wait_for_answer(ADDRESS.prefix)
            _cost(server, WARMING_SECONDS)
        for _ in range(runs):
            for variant, server in servers.items():
                costs[variant].append(_cost(server, seconds))
    return costs


def _start(work: str, variant: str, directory: Path) -> ServerProcess:
    wsgi, port = Wsgi("measured", work), free_port()
    environment = server_environment(wsgi, ADDRESS, port, {}) | {
        "VALOHAI_METADATA": "",
        "VALOHAI_ACCESS_LOG": "none",
    }
    if variant == "with":
        environment[METRICS_VARIABLE] = str(free_port())
    command = [*container_command(wsgi, port, Serving(60, health_port=free_port()))]
    command.insert(-1, "--host=127.0.0.1")
    return ServerProcess(command, port, environment, directory, directory / f"{variant}.log")


def _cost(server: ServerProcess, seconds: float) -> float:
    """Load the server and return what each request cost it, in microseconds."""
    before = _cpu_seconds(server.process.pid)
    with load(f"http://127.0.0.1:{server.port}{ADDRESS.prefix}", connections=CONNECTIONS) as loaded:
        time.sleep(seconds)
    if set(loaded.statuses) != {200}:
        raise RuntimeError(f"the server did not answer every request: {loaded}")
    return 1e6 * (_cpu_seconds(server.process.pid) - before) / loaded.statuses.total()


def _cpu_seconds(session: int) -> float:
    """Return the CPU time of all processes of a session: https://man7.org/linux/man-pages/man5/proc.5.html."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS
