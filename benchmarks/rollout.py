"""How long new code takes to answer: by `pulumi up`, and by hand with buildctl and kubectl."""

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from benchmarks.connection import read_connection
from benchmarks.pods import next_pod
from benchmarks.series import Series
from endpoints.image.dockerfile import SERVING_CONTEXT, Dockerfile, render_dockerfile
from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.deployments.projects import ROOT, deployment, write_project
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import Engine

BASE = "python:3.11-slim"
MANIFEST = f"""
    - endpoint:
        name: answer
        image: {BASE}
        wsgi: answer
    """
APPLICATION = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "7")])
        return [b"run {run:3d}"]
    """


@dataclass(frozen=True)
class Way:
    """The times of one way, and of its two parts: Kubernetes' own begins with the first new pod."""

    whole: Series
    until_pod: Series
    until_answer: Series

    @contextmanager
    def measured(self, namespace: str) -> Iterator[None]:
        """Measure the block, which ends with the first new answer from the namespace."""
        with next_pod(read_connection()["kubeconfig"], namespace) as created:
            began = time.monotonic()
            yield
            answered, at = time.monotonic(), created()
        self.whole.seconds.append(answered - began)
        self.until_pod.seconds.append(at - began)
        self.until_answer.seconds.append(answered - at)

    @property
    def series(self) -> list[Series]:
        return [self.whole, self.until_pod, self.until_answer]


def measure(runs: int) -> tuple[list[Series], str]:
    """Change one line and wait until the URL answers by it, both ways in turns: the times, and their ratio.

    Both endpoints have the same Dockerfile, base image, pod and router. By hand means: build and push with
    buildctl, `kubectl set image`, `kubectl rollout status`; the objects are there already. The update of a
    program that declares nothing is what no program can go below: the ratio that it alone would give is told.
    """
    program, by_hand = _way("`pulumi up`"), _way("`buildctl`, `kubectl set image`")
    nothing = Series("`pulumi up` of a program that declares nothing")
    with _deployed() as (stack, projects, outputs), _empty_stack() as empty:
        for run in range(1, runs + 1):
            answer = f"run {run:3d}"
            for project in projects.values():
                _write(project, run)
            with program.measured(outputs["program"]["namespace"]):
                update = _in_the_background(stack.up)
                _wait_for(outputs["program"]["url"], answer)
            update.join()
            with by_hand.measured(outputs["by-hand"]["namespace"]):
                update = _in_the_background(partial(_by_hand, projects["by-hand"], outputs["by-hand"], run))
                _wait_for(outputs["by-hand"]["url"], answer)
            update.join()
            with nothing.measured():
                empty.succeed("up", "--yes", "--skip-preview")
    rounds = list(zip(program.whole.seconds, by_hand.whole.seconds, nothing.seconds, strict=True))
    ratios = [ours / theirs for ours, theirs, _ in rounds]
    least = statistics.median((theirs + engine) / theirs for _, theirs, engine in rounds)
    text = (
        f"New code by `pulumi up` takes {statistics.median(ratios):.2f} times as long as by hand"
        f" (median of {runs} pairs, {min(ratios):.2f} - {max(ratios):.2f});"
        f" with an engine that only starts and ends it would be {least:.2f}."
    )
    return [*program.series, *by_hand.series, nothing], text


def _way(name: str) -> Way:
    return Way(
        Series(f"code changed until the new version answers: {name}"),
        Series("- until Kubernetes has the new pod"),
        Series("- from then until it answers"),
    )


@contextmanager
def _deployed() -> Iterator[tuple[Stack, dict[str, Path], dict[str, dict[str, str]]]]:
    """Deploy two endpoints, the second of which is then left to hands: it has a stack of its own."""
    with tempfile.TemporaryDirectory() as directory:
        stacks, projects, outputs = {}, {}, {}
        try:
            for name in ("program", "by-hand"):
                projects[name] = write_project(Path(directory) / name / "project", MANIFEST)
                _write(projects[name], 0)
                stacks[name] = Stack(Path(directory) / name / "program")
                stacks[name].configure(
                    organization="benchmark",
                    cluster={"kind": "embedded"},
                    deployments=[deployment(name, projects[name], answer={"replicas": {"min": 1, "max": 1}})],
                )
                stacks[name].up()
                (outputs[name],) = stacks[name].outputs().values()
                _wait_for(outputs[name]["url"], "run   0")
            yield stacks["program"], projects, outputs
        finally:
            for stack in stacks.values():
                stack.destroy()


@contextmanager
def _empty_stack() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        runtime = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["runtime"]
        (directory / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "nothing", "runtime": runtime}))
        (directory / ".venv").symlink_to(ROOT / ".venv")
        (directory / "__main__.py").write_text("import pulumi\n")
        yield Engine(directory)


def _write(project: Path, run: int) -> None:
    (project / "answer.py").write_text(APPLICATION.replace("\n    ", "\n").format(run=run))


def _wait_for(url: str, answer: str) -> None:
    wait_until(lambda: request(url).body == answer, 120, f"{url} answers {answer}", every=0.02)


def _in_the_background(work: Callable[[], object]) -> threading.Thread:
    """Begin the work, which goes on after the first answer; the next run must not begin before it is over."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _by_hand(project: Path, summary: dict[str, str], run: int) -> None:
    """Build, push and roll out, as a shell script would."""
    connection = read_connection()
    repository = summary["image"].partition("@")[0].rpartition(":")[0]
    image = f"{repository}:by-hand-{os.getpid()}-{run}"
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "Dockerfile").write_text(render_dockerfile(Dockerfile(BASE, wsgi=True)))
        authority = connection["buildCertificateAuthority"]
        subprocess.run(
            [
                *("buildctl", "--addr", connection["builder"]["socket"], "build", "--frontend=dockerfile.v0"),
                *(f"--local=context={project}", f"--local=dockerfile={directory}"),
                *(f"--local={SERVING_CONTEXT}={ROOT / 'endpoints/serving'}",),
                f"--opt=context:{SERVING_CONTEXT}=local:{SERVING_CONTEXT}",
                *([f"--secret=id=ca,src={authority}"] if authority else []),
                f"--output=type=image,name={image},push=true",
            ],
            check=True,
            capture_output=True,
        )
    kubectl = Kubectl(Path(connection["kubeconfig"]))
    (workload,) = kubectl.get("deployments", summary["namespace"])
    target = ("--namespace", summary["namespace"], f"deployment/{workload['metadata']['name']}")
    kubectl.run("set", "image", *target, f"endpoint={image}")
    kubectl.run("rollout", "status", *target)
