"""The generated gunicorn against `gunicorn module:app`: requests per second, and how long each takes."""

import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.load import load

APPLICATION = Path(__file__).with_name("serving_application.py")
REQUIREMENTS = "flask==3.1.3\nnumpy==2.4.6\ngunicorn==27.0.1\n"
PIXELS = json.dumps({"pixels": [0, 0, 5, 13, 9, 1, 0, 0] * 8}).encode()

SERVERS = {
    "plain": "server-command: gunicorn app:app --bind 0.0.0.0:$PORT",
    "generated": "wsgi: app:app",
}
ENDPOINT = """
    - endpoint:
        name: {name}
        image: python:3.11-slim
        {server}
        resources: {{cpu: {{min: 0.1, max: {cpus}}}, memory: {{min: 128, max: 512}}}}
    """
WORK = {
    "small": "a linear model, where HTTP costs more than the prediction",
    "large": "a network of a million weights, which keeps a CPU busy",
    "waiting": "20 ms of waiting for another service, then the linear model",
}

WARMING_SECONDS = 2.0


@dataclass
class Figures:
    """What repeated runs of one server gave."""

    rates: list[float] = field(default_factory=list)
    """Requests per second."""
    medians: list[float] = field(default_factory=list)
    """Milliseconds per request."""
    slowest: list[float] = field(default_factory=list)
    """Milliseconds that one request in a hundred exceeds."""


def measure(runs: int, cpus: int, connections: int, seconds: float) -> str:
    """Run both servers in turns, `runs` times for each kind of work; return a table.

    Both have the same code, packages, CPU limit and number of pods (one), on one machine and behind one
    router. Each of the `connections` is kept, and its next request is sent when the last one is answered.
    """
    lines = [
        f"`gunicorn module:app` / generated, limit of {cpus} CPU, {connections} connections, {runs} runs of"
        f" {seconds:.0f} s each in turns; medians, and the ratio of the runs' pairs (median, spread)",
        "",
        "| work | requests/s | ratio | p50 (ms) | ratio | p99 (ms) | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with _deployed(cpus) as urls:
        for work, description in WORK.items():
            figures = {name: Figures() for name in SERVERS}
            for url in urls.values():
                _run(f"{url}/{work}", connections, WARMING_SECONDS, Figures())
            for _ in range(runs):
                for name, url in urls.items():
                    _run(f"{url}/{work}", connections, seconds, figures[name])
            lines.append(_row(f"{work}: {description}", *figures.values()))
    return "\n".join(lines)


@contextmanager
def _deployed(cpus: int) -> Iterator[dict[str, str]]:
    """Deploy the application by both servers; yield their URLs by the servers' names."""
    with tempfile.TemporaryDirectory() as directory:
        manifest = "".join(
            ENDPOINT.format(name=name, server=server, cpus=cpus) for name, server in SERVERS.items()
        )
        project = write_project(Path(directory) / "project", manifest, requirements__txt=REQUIREMENTS)
        shutil.copy(APPLICATION, project / "app.py")
        one = {"replicas": {"min": 1, "max": 1}, "accessLog": "none"}
        stack = Stack(Path(directory) / "program")
        stack.configure(
            organization="benchmark",
            cluster={"kind": "embedded"},
            deployments=[deployment("serving", project, **dict.fromkeys(SERVERS, one))],
        )
        try:
            stack.up()
            urls = {
                address.rpartition("/")[2]: summary["url"] for address, summary in stack.outputs().items()
            }
            for url in urls.values():
                wait_until(partial(_answers, f"{url}/small"), 60, url)
            yield {name: urls[name] for name in SERVERS}
        finally:
            stack.destroy()


def _answers(url: str) -> bool:
    return request(url, PIXELS, "application/json").status == 200


def _run(url: str, connections: int, seconds: float, figures: Figures) -> None:
    with load(url, connections=connections, body=PIXELS) as loaded:
        time.sleep(seconds)
    if set(loaded.statuses) != {200}:
        raise RuntimeError(f"{url} did not answer every request: {loaded}")
    figures.rates.append(loaded.rate)
    figures.medians.append(1000 * statistics.median(loaded.seconds))
    figures.slowest.append(1000 * statistics.quantiles(loaded.seconds, n=100)[-1])


def _row(title: str, plain: Figures, generated: Figures) -> str:
    cells = [title]
    for one, other, form in (
        (plain.rates, generated.rates, "{:.0f}"),
        (plain.medians, generated.medians, "{:.1f}"),
        (plain.slowest, generated.slowest, "{:.1f}"),
    ):
        ratios = [after / before for before, after in zip(one, other, strict=True)]
        cells.append(" / ".join(form.format(statistics.median(values)) for values in (one, other)))
        cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})")
    return f"| {' | '.join(cells)} |"
