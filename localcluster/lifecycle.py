"""`up` and `down`: start whatever does not run, and leave nothing behind."""

import contextlib
import json
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from localcluster import api, base_images, control_groups, network
from localcluster.builder import write_builder_entry
from localcluster.certificates import ensure_certificates
from localcluster.connection import connection, write_connection
from localcluster.environment import prepare_local_state
from localcluster.errors import ClusterError
from localcluster.instance import Instance, claim_instance, exclusive, load_instance
from localcluster.kubeconfigs import write_kubeconfigs
from localcluster.launch import Launcher
from localcluster.layout import Layout
from localcluster.objects import apply_objects
from localcluster.plan import Programs, components, find_programs, program_steps
from localcluster.preflight import Machine, check
from localcluster.process_records import read_records
from localcluster.progress import Progress
from localcluster.registry_client import RegistryClient
from localcluster.steps import Step, run_steps

NODE_PATIENCE_SECONDS = 60.0
STOP_ORDER = (
    "traefik",
    "metrics-server",
    "simulated-nodes",
    "buildkitd",
    "kubelet",
    "kube-proxy",
    "containerd",
    "node",
    "kube-scheduler",
    "kube-controller-manager",
    "kube-apiserver",
    "etcd",
    "registry-for-node",
    "registry",
)
"""Clients before servers, so that none writes errors about the end of another."""


def up(layout: Layout, progress: Progress, *, simulated_nodes: int | None = None) -> Instance:
    """Bring the whole cluster up, starting only what does not run; raises ClusterError and leaves the rest running."""
    check(Machine())
    programs = find_programs(layout)
    with exclusive(layout):
        launcher = Launcher(layout, progress)
        instance = load_instance(layout.runtime / "instance.json") if launcher.running() else None
        if instance is None:
            instance = claim_instance(layout)
        run_steps(_steps(layout, instance, programs, launcher, progress))
        write_connection(layout, connection(layout, instance))
    progress.say(
        f"embedded cluster up: router http://127.0.0.1:{instance.router_port}, registry {instance.registry}, "
        f"kubeconfig {layout.kubeconfig}"
    )
    return instance


def _steps(
    layout: Layout, instance: Instance, programs: Programs, launcher: Launcher, progress: Progress
) -> list[Step]:
    client = RegistryClient(instance.registry_port)
    layer = lambda: base_images.ensure_python_files(programs.cache, programs.system, progress)  # noqa: E731
    pause = programs.directories["pause"] / "pause"
    return [
        *program_steps(programs, progress),
        Step("preparation", lambda: _prepare(layout, launcher)),
        Step("certificates", lambda: _make_credentials(layout, instance), after=("preparation",)),
        Step("cable", lambda: _lay_cable(layout, instance, launcher), after=("node",)),
        *(
            Step(one.name, lambda one=one: launcher.ensure(one), after=one.after)  # type: ignore[misc]
            for one in components(layout, instance, programs, launcher)
        ),
        Step(
            "objects",
            lambda: apply_objects(layout, instance, programs.directories["kubernetes"]),
            after=("kube-apiserver",),
        ),
        Step(
            "pause image",
            lambda: base_images.push_pause_image(client, pause),
            after=("registry", "pause programs"),
        ),
        Step(
            "Python image",
            lambda: _push_python(client, programs, progress),
            after=("registry", "base image files"),
        ),
        Step(
            "node readiness",
            lambda: _await_node(layout, instance),
            after=("kubelet", "kube-proxy", "objects"),
        ),
    ]


def _push_python(client: RegistryClient, programs: Programs, progress: Progress) -> None:
    base_images.push_python_image(client, base_images.ensure_python_files(programs.cache, programs.system, progress))


def down(layout: Layout, progress: Progress, *, purge: bool = False) -> None:
    """End every process of the cluster and remove its interface, control groups and sockets; `purge` removes its state too."""
    with exclusive(layout):
        launcher = Launcher(layout, progress)
        layout.connection.unlink(missing_ok=True)
        recorded = read_records(layout.runtime)
        running = launcher.running()
        for name in [*STOP_ORDER, *(name for name in recorded if name not in STOP_ORDER)]:
            # The node's first process takes everything inside with it, and cannot be asked to end.
            launcher.stop(name, grace_seconds=0.0 if name == "node" else 10.0)
        network.disconnect(layout.identity)
        control_groups.remove(layout.identity)
        if purge:
            shutil.rmtree(layout.state, ignore_errors=False)
        shutil.rmtree(layout.runtime)
    what = f"{len(running)} processes ended" if running else "nothing was running"
    progress.say(f"embedded cluster down: {what}{', state removed' if purge else ''}")


def _prepare(layout: Layout, launcher: Launcher) -> None:
    for directory in (layout.state, layout.configuration, layout.logs):
        directory.mkdir(parents=True, exist_ok=True)
    # The node's and its containers' files hold secrets, and nobody but root has any business with them.
    layout.state.chmod(0o700)
    if launcher.pid("node") is None:
        # What a killed node has left: control groups outlive the namespaces.
        control_groups.remove(layout.identity)
        control_groups.create(layout.identity)
    write_builder_entry(layout)
    prepare_local_state(layout)


def _make_credentials(layout: Layout, instance: Instance) -> None:
    ensure_certificates(layout.certificates, instance.network)
    write_kubeconfigs(layout, instance.network)


def _lay_cable(layout: Layout, instance: Instance, launcher: Launcher) -> None:
    """Connect the node that runs now; the cable of an earlier one is removed, it may still be there for a moment."""
    record = launcher.running()["node"]
    mark = layout.runtime / "cable.json"
    content = json.dumps(asdict(record.process))
    if mark.exists() and mark.read_text() == content and network.is_connected(layout.identity):
        return
    with contextlib.suppress(ClusterError):  # the kernel may be removing it at this very moment
        network.disconnect(layout.identity)
    network.connect(instance.network, layout.identity, record.process.pid)
    mark.write_text(content)


def _await_node(layout: Layout, instance: Instance) -> None:
    deadline = time.monotonic() + NODE_PATIENCE_SECONDS
    while True:
        ready, reason = api.node_condition(layout, instance)
        if ready:
            return
        if time.monotonic() > deadline:
            raise ClusterError(
                f"the node is not ready after {NODE_PATIENCE_SECONDS:.0f} s: {reason}. Its log: {Path(layout.logs, 'kubelet.log')}"
            )
        time.sleep(0.1)
