"""How the cost of an update grows with the stack, beside kubectl and a plain Pulumi program.

All declare the same objects. Endpoints have ready images and run on simulated nodes, so that neither builds
nor servers count.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.connection import read_connection
from benchmarks.processes import Cost, cost
from localcluster.node.simulated import LABEL, TAINT
from tests.cluster.deployments.kubectl import Kubectl, listed
from tests.cluster.deployments.stack import Stack
from tests.cluster.engine import Engine

ENDPOINTS_OF_A_DEPLOYMENT = 10
"""Endpoints that share a deployment, and so a namespace."""

IMAGE = "registry.acme.example/model@sha256:" + "0" * 64
"""A ready image. Simulated nodes pull nothing."""

WITHOUT_CHECKPOINTS = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""What the engine is told to write its state once, at the end."""

MOST_WITH_CHECKPOINTS = 300
"""The time of an update with checkpoints grows with the square of the endpoints: 1,000 would take hours."""

LIMIT_SECONDS = 3600

NEW, PREVIEW, UNCHANGED, REMOVAL = "everything new", "preview, nothing changed", "nothing changed", "removal"

PLAIN_PROGRAM = """\
import json

import pulumi
import pulumi_kubernetes as kubernetes

KINDS = {
    "Namespace": kubernetes.core.v1.Namespace,
    "ServiceAccount": kubernetes.core.v1.ServiceAccount,
    "Deployment": kubernetes.apps.v1.Deployment,
    "Service": kubernetes.core.v1.Service,
    "HorizontalPodAutoscaler": kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
    "Ingress": kubernetes.networking.v1.Ingress,
}
with open("objects.json") as file:
    objects = json.load(file)
namespaces = {}
for number, described in enumerate(objects):
    kind = described.pop("kind")
    described.pop("apiVersion")
    if "automountServiceAccountToken" in described:
        described["automount_service_account_token"] = described.pop("automountServiceAccountToken")
    place = namespaces.get(described["metadata"].get("namespace"))
    options = pulumi.ResourceOptions(depends_on=[place] if place else None)
    declared = KINDS[kind](str(number), **described, opts=options)
    if kind == "Namespace":
        namespaces[described["metadata"]["name"]] = declared
"""
"""A program without components, hooks, checks and outputs: what Pulumi costs at least."""


@dataclass
class Measured:
    """What each piece of work cost in one way, by its name."""

    way: str
    costs: dict[str, Cost] = field(default_factory=dict)

    @contextmanager
    def work(self, name: str) -> Iterator[None]:
        """Measure a piece of work, also one that fails."""
        with cost() as measured:
            yield
        self.costs[name] = measured


@dataclass
class Scale:
    """What so many endpoints cost, way by way."""

    endpoints: int
    resources: int
    bytes_by_type: dict[str, int]
    """Bytes of all resources of a type in the state."""
    ways: list[Measured]

    @property
    def bytes_of_an_endpoint(self) -> float:
        """The bytes of state that an endpoint takes, its share of the deployment's included."""
        return sum(self.bytes_by_type.values()) / self.endpoints


def measure(endpoints: int) -> Scale:
    """Deploy so many new endpoints, look, update and remove them; then the same objects by other means.

    Above `MOST_WITH_CHECKPOINTS` only ways are measured that do not write the state at every step.
    """
    checkpoints = endpoints <= MOST_WITH_CHECKPOINTS
    with tempfile.TemporaryDirectory() as directory:
        ways = [Measured("`pulumi`, without checkpoints")]
        objects, resources = _by_the_program(
            Path(directory) / "without", endpoints, ways[0], WITHOUT_CHECKPOINTS
        )
        if checkpoints:
            ways.append(Measured("`pulumi`"))
            _by_the_program(Path(directory) / "with", endpoints, ways[-1], {})
            ways.append(Measured("a plain Pulumi program"))
            _by_a_plain_program(Path(directory) / "plain", objects, ways[-1], {})
        ways.append(Measured("a plain Pulumi program, without checkpoints"))
        _by_a_plain_program(Path(directory) / "bare", objects, ways[-1], WITHOUT_CHECKPOINTS)
        ways.append(Measured("`kubectl`"))
        _by_kubectl(objects, ways[-1])
    sizes = Counter[str]()
    for resource in resources:
        sizes[resource["type"]] += len(json.dumps(resource))
    return Scale(endpoints, len(resources), dict(sizes), ways)


def table(scale: Scale) -> str:
    """Return Markdown: a row for each way, with times and their ratios to kubectl's."""
    works = (NEW, PREVIEW, UNCHANGED, REMOVAL)
    least = scale.ways[-1].costs
    rows = [
        f"{scale.endpoints} endpoints, {scale.resources} resources, "
        f"{scale.bytes_of_an_endpoint / 1000:.1f} kB of state for each endpoint",
        "",
        f"| way | {' | '.join(works)} | peak memory |",
        f"| --- | {' | '.join('---' for _ in works)} | --- |",
    ]
    for way in scale.ways:
        shown = [
            _shown(way.costs.get(work), least.get(PREVIEW if work == UNCHANGED else work)) for work in works
        ]
        memory: dict[str, float] = {}
        for measured in way.costs.values():
            memory |= {name: max(size, memory.get(name, 0)) for name, size in measured.memory.items()}
        largest = sorted(memory.items(), key=lambda item: -item[1])[:3]
        total = ", ".join(f"{name} {size:.0f} MiB" for name, size in largest)
        rows.append(f"| {way.way} | {' | '.join(shown)} | {total} |")
    return "\n".join(rows)


def as_json(scales: list[Scale]) -> str:
    """Return every figure, with the processor time and peak memory of each process."""
    return json.dumps([asdict(scale) for scale in scales], indent=1)


def _shown(measured: Cost | None, least: Cost | None) -> str:
    if measured is None:
        return ""
    ratio = f" ({measured.seconds / least.seconds:.2f})" if least is not None else ""
    return f"{measured.seconds:.1f} s{ratio}"


def _by_the_program(
    directory: Path, endpoints: int, way: Measured, variables: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Measure this program; return the objects that it declared, and the resources in its state."""
    stack = Stack(directory)
    stack.environment |= variables
    stack.configure(**_settings(directory / "projects", endpoints))
    resources = _by_an_engine(stack, way)
    return [_object(one) for one in resources if one["type"].startswith("kubernetes:")], resources


def _by_a_plain_program(
    directory: Path, objects: list[dict[str, Any]], way: Measured, variables: dict[str, str]
) -> None:
    directory.mkdir()
    project = {
        "name": "plain",
        "runtime": {"name": "python", "options": {"virtualenv": ".venv"}},
        "stackConfigDir": "stacks",
    }
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (directory / "__main__.py").write_text(PLAIN_PROGRAM)
    (directory / "objects.json").write_text(json.dumps(objects))
    (directory / ".venv").symlink_to(Path(__file__).parents[1] / ".venv")
    engine = Engine(directory)
    engine.environment |= variables
    _by_an_engine(engine, way)


def _by_an_engine(engine: Engine, way: Measured) -> list[dict[str, Any]]:
    update = ("up", "--yes", "--skip-preview")
    try:
        with way.work(NEW):
            engine.succeed(*update)
        with way.work(PREVIEW):
            engine.succeed("preview")
        with way.work(UNCHANGED):
            engine.succeed(*update)
        return engine.resources()
    finally:
        with way.work(REMOVAL):
            engine.destroy()


def _by_kubectl(objects: list[dict[str, Any]], way: Measured) -> None:
    kubectl = Kubectl(Path(read_connection()["kubeconfig"]))
    objects = [_for_kubectl(one) for one in objects]
    namespaces = [one for one in objects if one["kind"] == "Namespace"]
    text = listed(*(one for one in objects if one["kind"] != "Namespace"))
    apply = ("apply", "--server-side", "--filename=-")
    selector = "--selector=app.kubernetes.io/managed-by=pulumi"
    wait = ("wait", "deployments", "--all-namespaces", selector, "--for=condition=Available")
    with way.work(NEW):
        kubectl.run(*apply, standard_input=listed(*namespaces), seconds=LIMIT_SECONDS)
        kubectl.run(*apply, standard_input=text, seconds=LIMIT_SECONDS)
        kubectl.run(*wait, f"--timeout={LIMIT_SECONDS}s", seconds=LIMIT_SECONDS)
    with way.work(PREVIEW):
        kubectl.run("diff", *apply[1:], standard_input=text, seconds=LIMIT_SECONDS)
    with way.work(REMOVAL):
        names = [one["metadata"]["name"] for one in namespaces]
        kubectl.run("delete", "namespace", *names, "--wait=true", seconds=LIMIT_SECONDS)


def _settings(directory: Path, endpoints: int) -> dict[str, Any]:
    """Write the projects, and return the stack's settings."""
    key, value = LABEL
    deployments = []
    for first in range(0, endpoints, ENDPOINTS_OF_A_DEPLOYMENT):
        names = [f"predict-{i}" for i in range(first, min(first + ENDPOINTS_OF_A_DEPLOYMENT, endpoints))]
        project = directory / f"project-{first}"
        project.mkdir(parents=True)
        manifest = [{"endpoint": {"name": n, "image": "ready", "server-command": "serve"}} for n in names]
        (project / "valohai.yaml").write_text(yaml.safe_dump(manifest))
        version = {"name": "20261101.0", "endpoints": {name: {"image": IMAGE} for name in names}}
        deployments.append(
            {"project": project.name, "name": "production", "source": str(project), "versions": [version]}
        )
    return {
        "organization": "benchmark",
        "cluster": {"kind": "embedded"},
        "defaults": {
            "nodeSelector": {key: value},
            "tolerations": [{"key": TAINT["key"], "operator": "Exists"}],
            "resources": {"cpu": {"min": 0.1}, "memory": {"min": 64, "max": 128}},
        },
        "deployments": deployments,
    }


def _object(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the object as it was declared."""
    return {key: value for key, value in resource["inputs"].items() if key != "__defaults"}


def _for_kubectl(declared: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is for Pulumi alone."""
    annotations = declared["metadata"].get("annotations", {})
    kept = {name: value for name, value in annotations.items() if not name.startswith("pulumi.com/")}
    return {**declared, "metadata": {**declared["metadata"], "annotations": kept}}
