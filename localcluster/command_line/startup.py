"""`up`: start all components that are not running, and wait until the cluster works."""

import contextlib
import json
import time
from dataclasses import asdict
from functools import partial

from localcluster.command_line.preflight import Machine, check, file_system_type
from localcluster.command_line.progress import Progress
from localcluster.connection import connection, write_connection
from localcluster.control_plane import api
from localcluster.control_plane.certificates import ensure_certificates
from localcluster.control_plane.gateway_api import FILES_GROUP, apply_gateway_api
from localcluster.control_plane.kubeconfigs import write_kubeconfigs
from localcluster.control_plane.objects import apply_objects
from localcluster.engine.environment import prepare_local_state
from localcluster.engine.setup import ensure_engine
from localcluster.errors import ClusterError
from localcluster.instance import Instance, claim_instance, exclusive, load_instance
from localcluster.layout import Layout
from localcluster.network_policy.component import install_plugins
from localcluster.node import control_groups, network
from localcluster.node.simulated import adjust_nodes, wanted_count
from localcluster.plan import Programs, components, find_programs, program_steps
from localcluster.processes.launch import Launcher
from localcluster.processes.steps import Step, run_steps
from localcluster.processes.table import uptime_seconds
from localcluster.registry import base_images
from localcluster.registry.builder import write_builder_entry
from localcluster.registry.client import RegistryClient

NODE_PATIENCE_SECONDS = 60.0


def up(layout: Layout, progress: Progress, *, simulated_node_count: int | None = None) -> Instance:
    """Bring the whole cluster up, starting only what does not run.

    `simulated_node_count` sets how many pretended nodes there are; None leaves them as they are. Raises
    ClusterError when the machine lacks something or a component does not start; what runs then is left
    running, and the next `up` goes on from there.
    """
    check(Machine(state_file_system=file_system_type(layout.state)))
    node_count = wanted_count(layout, simulated_node_count)
    programs = find_programs(layout, simulated_nodes=node_count > 0)
    with exclusive(layout):
        launcher = Launcher(layout, progress)
        instance = load_instance(layout.runtime / "instance.json") if launcher.running() else None
        if instance is None:
            instance = claim_instance(layout)
        run_steps(_steps(layout, instance, programs, launcher, progress))
        adjust_nodes(layout, node_count, programs.directories["kubernetes"])
        if node_count == 0:
            launcher.stop("kwok", grace_seconds=5.0)
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
    kubernetes, pause = programs.directories["kubernetes"], programs.directories["pause"] / "pause"
    return [
        *program_steps(programs, progress),
        Step("preparation", lambda: _prepare(layout, launcher)),
        Step("certificates", lambda: _make_credentials(layout, instance), after=("preparation",)),
        Step(
            "network plugins",
            lambda: install_plugins(layout, programs.system),
            after=("preparation", "system programs"),
        ),
        Step("cable", lambda: _lay_cable(layout, instance, launcher), after=("node",)),
        *(
            Step(one.name, partial(launcher.ensure, one), after=one.after)
            for one in components(layout, instance, programs, launcher)
        ),
        Step("objects", lambda: apply_objects(layout, instance, kubernetes), after=("kube-apiserver",)),
        Step(
            "Gateway API",
            lambda: apply_gateway_api(layout, instance, kubernetes, programs.directories[FILES_GROUP]),
            after=("kube-apiserver", f"{FILES_GROUP} files"),
        ),
        Step(
            "pause image",
            lambda: base_images.push_pause_image(client, pause),
            after=("registry", "pause programs"),
        ),
        Step(
            "Python image",
            lambda: base_images.push_python_image(client, programs.cache, layout.state / "python-image"),
            after=("registry", "base image files"),
        ),
        Step(
            "node readiness",
            lambda: _await_node(layout, instance, launcher),
            after=("kubelet", "kube-proxy", "objects"),
        ),
        Step(
            "engine",
            lambda: ensure_engine(layout, programs, progress),
            after=("engine programs", "pulumi-language-python programs", "preparation"),
        ),
    ]


def _prepare(layout: Layout, launcher: Launcher) -> None:
    for directory in (layout.state, layout.configuration, layout.logs):
        directory.mkdir(parents=True, exist_ok=True)
    # The files of the node and its containers hold secrets, so only root may read them.
    layout.state.chmod(0o700)
    if launcher.pid("node") is None:
        # Control groups outlive the namespaces of a node that was killed.
        control_groups.remove(layout.identity)
        control_groups.create(layout.identity)
    write_builder_entry(layout)
    prepare_local_state(layout)


def _make_credentials(layout: Layout, instance: Instance) -> None:
    ensure_certificates(layout.certificates, instance.network)
    write_kubeconfigs(layout, instance.network)


def _lay_cable(layout: Layout, instance: Instance, launcher: Launcher) -> None:
    """Connect the node that runs now; an earlier one's cable may still be there for a moment."""
    record = launcher.running()["node"]
    mark = layout.runtime / "cable.json"
    content = json.dumps([asdict(record.process), instance.network.host, instance.network.dns])
    if mark.exists() and mark.read_text() == content and network.is_connected(layout.identity):
        return
    with contextlib.suppress(ClusterError):  # the kernel may be removing it at this very moment
        network.disconnect(layout.identity)
    network.connect(instance.network, layout.identity, record.process.pid)
    mark.write_text(content)


def _await_node(layout: Layout, instance: Instance, launcher: Launcher) -> None:
    started = time.time() - uptime_seconds(launcher.running()["kubelet"].process)
    deadline = time.monotonic() + NODE_PATIENCE_SECONDS
    while True:
        ready, reason = api.node_condition(layout, instance, since=started)
        if ready:
            return
        if time.monotonic() > deadline:
            raise ClusterError(
                f"the node is not ready after {NODE_PATIENCE_SECONDS:.0f} s: {reason}. "
                f"Its log is {layout.logs}/kubelet.log"
            )
        time.sleep(0.1)
