"""Everything that `up` does, as steps and components with their order.

Made again from the same inputs at every `up`.
"""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.control_plane.gateway_api import FILES_GROUP
from localcluster.control_plane.metrics import metrics_server
from localcluster.control_plane.servers import control_plane
from localcluster.instance import Instance
from localcluster.layout import Layout
from localcluster.network_policy.component import network_policy
from localcluster.node.dns import dns
from localcluster.node.kubelet import node
from localcluster.node.simulated import kwok
from localcluster.processes.components import Component
from localcluster.processes.launch import Launcher
from localcluster.processes.steps import Step
from localcluster.programs import go as go_programs
from localcluster.programs import router as router_program
from localcluster.programs import system as system_programs
from localcluster.programs.go import Group, load_group, program_directory
from localcluster.programs.system import SystemPrograms, system_programs_directory
from localcluster.registry import base_images
from localcluster.registry.builder import builder
from localcluster.registry.server import registries
from localcluster.router import router

GROUPS = ("pause", "coredns", "kubernetes", "engine", "pulumi-language-python")
"""Groups of tools/ in the order in which they are built: first what needs few modules, so that something is
compiled while those of Kubernetes are fetched, then what the cluster needs to start."""


SIMULATION_GROUP = "kwok"
"""Built only where simulated nodes are asked for."""


@dataclass(frozen=True)
class Programs:
    """Where the programs are, or will be once the steps of `program_steps` are done."""

    groups: dict[str, Group]
    directories: dict[str, Path]
    system: SystemPrograms
    router: Path
    cache: Path

    @property
    def search_path(self) -> list[Path]:
        """Directories for PATH: the programs that a user of the cluster calls."""
        return [self.directories[name] for name in ("engine", "pulumi-language-python", "kubernetes")]


def find_programs(layout: Layout, *, simulated_nodes: bool = False) -> Programs:
    """Work out the places of all programs without building any."""
    names = (*GROUPS, FILES_GROUP, *([SIMULATION_GROUP] if simulated_nodes else []))
    groups = {name: load_group(layout.clone / "tools" / name) for name in names}
    return Programs(
        groups=groups,
        directories={name: program_directory(group, layout.cache) for name, group in groups.items()},
        system=SystemPrograms(system_programs_directory(layout.cache)),
        router=router_program.router_program_path(layout.cache),
        cache=layout.cache,
    )


def program_steps(programs: Programs, progress: Progress) -> list[Step]:
    """Give the steps that fetch and build every program, and the base image's files.

    Groups are built one after the other, since each build uses every processor; the next ones' modules and
    all else is fetched meanwhile.
    """
    steps: list[Step] = []
    previous: str | None = None
    for name, group in programs.groups.items():
        arguments = (group, programs.cache, os.environ, progress)
        if not group.programs:
            steps.append(Step(f"{name} files", partial(go_programs.ensure_programs, *arguments)))
            continue
        fetch = partial(go_programs.fetch_modules, *arguments)
        build = partial(go_programs.ensure_programs, *arguments)
        steps += [
            Step(f"{name} modules", fetch, after=(f"{previous} modules",) if previous else ()),
            Step(
                f"{name} programs",
                build,
                after=(f"{name} modules", *([f"{previous} programs"] if previous else [])),
            ),
        ]
        previous = name
    return [
        *steps,
        Step("system programs", lambda: system_programs.ensure_system_programs(programs.cache, progress)),
        Step("router program", lambda: router_program.ensure_router_program(programs.cache, progress)),
        Step(
            "base image files",
            lambda: base_images.ensure_python_files(programs.cache, programs.system, progress),
            after=("system programs",),
        ),
    ]


def components(layout: Layout, instance: Instance, programs: Programs, launcher: Launcher) -> list[Component]:
    """Give every component of the cluster."""
    kubernetes, engine = programs.directories["kubernetes"], programs.directories["engine"]
    return [
        *control_plane(layout, instance, kubernetes),
        *node(layout, instance, kubernetes, programs.system, lambda: launcher.pid("node")),
        *registries(layout, instance, programs.system),
        builder(layout, instance, engine, programs.system),
        router(layout, instance, programs.router),
        metrics_server(layout, instance, kubernetes),
        dns(layout, instance, programs.directories["coredns"]),
        network_policy(layout, instance, programs.system, lambda: launcher.pid("node")),
        *(
            [kwok(layout, instance, programs.directories[SIMULATION_GROUP])]
            if SIMULATION_GROUP in programs.groups
            else []
        ),
    ]
