"""The generated gunicorn against `gunicorn module:app`: requests per second, how long each takes, its CPU."""

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
REQUIREMENTS = "flask==3.1.3\nnumpy==2.4.6\ngunicorn==27.0.1\n"
PIXELS = json.dumps({"pixels": [0, 0, 5, 13, 9, 1, 0, 0] * 8}).encode()
PORT = 8000

PLAIN = "gunicorn app:app --bind 0.0.0.0:$PORT"
SERVERS = {
    "plain": (f"server-command: {PLAIN}", {}),
    "generated": ("wsgi: app:app", {"accessLog": "none"}),
    "plain-logging": (f"server-command: {PLAIN} --access-logfile -", {}),
    "generated-logging": ("wsgi: app:app", {}),
}
"""Endpoints by name: key of valohai.yaml, settings. gunicorn logs no request unless told to, ours logs each
unless told not to: hence each way."""
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
    plain: str = "plain"
    generated: str = "generated"
    routed: bool = True


ROWS = (
    Row("a linear model, where HTTP costs more than the prediction", "small"),
    Row("the same, each request logged", "small", "plain-logging", "generated-logging"),
    Row("the same, not logged, straight to the pod", "small", routed=False),
    Row("a network of a million weights, which keeps a CPU busy", "large"),
    Row("20 ms of waiting for another service, then the linear model", "waiting"),
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
    """Run both servers in turns, `runs` times for each kind of work; return a table.

    Both have the same code, packages, CPU limit and number of pods (one), on one machine and behind one
    router. Each of the `connections` is kept, and its next request is sent when the last one is answered.
    """
    lines = [
        f"`gunicorn module:app` / generated, limit of {cpus:g} CPU, {connections} connections, {runs} runs of"
        f" {seconds:g} s each in turns; medians, and the ratio of the runs' pairs (median, spread)",
        "",
        "| work | requests/s | ratio | p50 (ms) | ratio | p99 (ms) | ratio"
        " | CPU per request (us) | ratio | of the limit |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    generator = load_generator.program()
    with _deployed(cpus) as servers:
        for row in ROWS:
            plain, generated = Figures(), Figures()
            pair = {row.plain: plain, row.generated: generated}
            send = partial(load_generator.send, generator, body=PIXELS, connections=connections)
            for name in pair:
                send(servers[name].address(row), seconds=WARMING_SECONDS)
            for _ in range(runs):
                for name, figures in pair.items():
                    before = servers[name].pod.cpu_seconds
                    outcome = send(servers[name].address(row), seconds=seconds)
                    used = servers[name].pod.cpu_seconds - before
                    figures.rates.append(outcome.rate)
                    figures.medians.append(outcome.median)
                    figures.slowest.append(outcome.slowest)
                    figures.costs.append(1e6 * used / outcome.requests)
            lines.append(_row(row.title, plain, generated, cpus))
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


def _row(title: str, plain: Figures, generated: Figures, cpus: float) -> str:
    """Return a row; its last cell tells whether the CPU limit was what bounded each server."""
    cells = [title]
    for one, other, form in (
        (plain.rates, generated.rates, "{:.0f}"),
        (plain.medians, generated.medians, "{:.1f}"),
        (plain.slowest, generated.slowest, "{:.1f}"),
        (plain.costs, generated.costs, "{:.0f}"),
    ):
        ratios = [after / before for before, after in zip(one, other, strict=True)]
        cells.append(" / ".join(form.format(statistics.median(values)) for values in (one, other)))
        cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})")
    shares = (
        statistics.median(rate * cost / 1e6 / cpus for rate, cost in zip(one.rates, one.costs, strict=True))
        for one in (plain, generated)
    )
    cells.append(" / ".join(f"{share:.0%}" for share in shares))
    return f"| {' | '.join(cells)} |"
