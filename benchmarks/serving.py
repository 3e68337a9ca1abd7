"""The generated servers against those started by hand: requests per second, their times, their CPU."""

import json
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks import load_generator, pods
from benchmarks.connection import read_connection
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack

APPLICATION = Path(__file__).with_name("serving_application.py")
REQUIREMENTS = "flask==3.1.3\nnumpy==2.4.6\ngunicorn==27.0.1\nuvicorn==0.54.0\n"
PIXELS = json.dumps({"pixels": [0, 0, 5, 13, 9, 1, 0, 0] * 8}).encode()
PORT = 8000

PLAIN = "gunicorn app:app --bind 0.0.0.0:$PORT"
UNLOGGED = {"accessLog": "none"}
SERVERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sync": (f"server-command: {PLAIN}", {}),
    "gthread": (f"server-command: {PLAIN} -k gthread --threads 4 --keep-alive 95", {}),
    "gunicorn": ("wsgi: app:app", UNLOGGED),
    "granian": ("wsgi: app:app", {**UNLOGGED, "server": "granian"}),
    "gunicorn-logging": ("wsgi: app:app", {}),
    "granian-logging": ("wsgi: app:app", {"server": "granian"}),
    "uvicorn": ("server-command: uvicorn app:asgi --host 0.0.0.0 --port $PORT --no-access-log", {}),
    "gunicorn-asgi": ("wsgi: app:asgi", UNLOGGED),
    "granian-asgi": ("wsgi: app:asgi", {**UNLOGGED, "server": "granian"}),
}
"""Endpoints by name: key of valohai.yaml, settings. The first two and uvicorn are started by hand."""
ENDPOINT = """
    - endpoint:
        name: {name}
        image: python:3.11-slim
        {server}
        port: {port}
        resources: {{cpu: {{min: 0.1, max: {cpus}}}, memory: {{min: 64, max: 512}}}}
    """


@dataclass(frozen=True)
class Row:
    """One comparison: what the application does, which servers, whether the router is in between."""

    title: str
    path: str
    servers: tuple[str, ...] = ("sync", "gthread", "gunicorn", "granian")
    routed: bool = True


ROWS = (
    Row("an answer of two bytes, straight to the pod", "hello", routed=False),
    Row("a linear model, where HTTP costs more than the prediction", "small"),
    Row("the same, straight to the pod", "small", routed=False),
    Row("the same, each request logged", "small", ("gunicorn-logging", "granian-logging")),
    Row("a network of a million weights, which keeps a CPU busy", "large"),
    Row("20 ms of waiting for another service, then the linear model", "waiting"),
    Row("an ASGI application of two bytes", "small", ("uvicorn", "gunicorn-asgi", "granian-asgi")),
    Row("the same, straight to the pod", "small", ("uvicorn", "gunicorn-asgi", "granian-asgi"), routed=False),
)

WARMING_SECONDS = 2.0


@dataclass
class Figures:
    """What repeated runs of one server gave, a figure for each."""

    rates: list[float] = field(default_factory=list)
    """Requests per second."""
    medians: list[float] = field(default_factory=list)
    """Milliseconds per request."""
    slowest: list[float] = field(default_factory=list)
    """Milliseconds that one request in a hundred exceeds."""
    costs: list[float] = field(default_factory=list)
    """Microseconds of the pod's CPU per request."""


@dataclass(frozen=True)
class Server:
    """A deployed endpoint."""

    url: str
    pod: pods.Pod

    def address(self, row: Row) -> str:
        """Return the URL that the row's requests go to."""
        scheme, host, path, *_ = urlsplit(self.url)
        return urlunsplit(
            (scheme, host if row.routed else f"{self.pod.address}:{PORT}", f"{path}/{row.path}", "", "")
        )


def measure(runs: int, cpus: float, connections: int, seconds: float) -> str:
    """Run the servers of each row in turns, `runs` times for each kind of work; return a table.

    All have the same code, packages, CPU limit and number of pods (one), on one machine and behind one
    router. Each of the `connections` is kept, and its next request is sent when the last one is answered.
    """
    lines = [
        f"Limit of {cpus:g} CPU, {connections} connections, {runs} runs of {seconds:g} s each in turns;"
        " medians, and the median ratio (spread) to the row's first server in the same turn",
        "",
        "| work | server | requests/s | ratio | p50 (ms) | p99 (ms) | ratio | CPU per request (us) |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    generator = load_generator.program()
    with _deployed(cpus) as servers:
        for row in ROWS:
            measured = {name: Figures() for name in row.servers}
            send = partial(load_generator.send, generator, body=PIXELS, connections=connections)
            for name in measured:
                send(servers[name].address(row), seconds=WARMING_SECONDS)
            for _ in range(runs):
                for name, figures in measured.items():
                    before = servers[name].pod.cpu_seconds
                    outcome = send(servers[name].address(row), seconds=seconds)
                    used = servers[name].pod.cpu_seconds - before
                    figures.rates.append(outcome.rate)
                    figures.medians.append(outcome.median)
                    figures.slowest.append(outcome.slowest)
                    figures.costs.append(1e6 * used / outcome.requests)
            first = measured[row.servers[0]]
            lines += [_line(row.title, name, figures, first) for name, figures in measured.items()]
    return "\n".join(lines)


@contextmanager
def _deployed(cpus: float) -> Iterator[Mapping[str, Server]]:
    """Deploy the application by every server; yield the endpoints by name."""
    with tempfile.TemporaryDirectory() as directory:
        manifest = "".join(
            ENDPOINT.format(name=name, server=server, port=PORT, cpus=cpus)
            for name, (server, _) in SERVERS.items()
        )
        project = write_project(Path(directory) / "project", manifest, requirements__txt=REQUIREMENTS)
        shutil.copy(APPLICATION, project / "app.py")
        endpoints = {
            name: {"replicas": {"min": 1, "max": 1}, **settings} for name, (_, settings) in SERVERS.items()
        }
        stack = Stack(Path(directory) / "program")
        stack.configure(
            organization="benchmark",
            cluster={"kind": "embedded"},
            deployments=[deployment("serving", project, **endpoints)],
        )
        try:
            stack.up()
            outputs = {address.rpartition("/")[2]: found for address, found in stack.outputs().items()}
            for summary in outputs.values():
                url = f"{summary['url']}/small"
                wait_until(partial(_answers, url), 60, f"{url} answers")
            (namespace,) = {summary["namespace"] for summary in outputs.values()}
            running = pods.running(Kubectl(Path(read_connection()["kubeconfig"])), namespace)
            yield {name: Server(summary["url"], running[name]) for name, summary in outputs.items()}
        finally:
            stack.destroy()


def _answers(url: str) -> bool:
    return request(url, PIXELS, "application/json").status == 200


def _line(title: str, name: str, figures: Figures, first: Figures) -> str:
    cells = [
        title,
        name,
        f"{statistics.median(figures.rates):.0f}",
        _ratio(first.rates, figures.rates),
        f"{statistics.median(figures.medians):.1f}",
        f"{statistics.median(figures.slowest):.1f}",
        _ratio(first.slowest, figures.slowest),
        f"{statistics.median(figures.costs):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _ratio(before: list[float], after: list[float]) -> str:
    ratios = [other / one for one, other in zip(before, after, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})"
